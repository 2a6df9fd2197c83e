// map: every input is read and every output written once, so that nothing but memory limits it. A thread takes in WIDTH
// neighbours, at most 16 bytes of an operand, if the rows of this run begin at such addresses.

template <int WIDTH, class Elements> DEVICE void map_each(const Elements& elements, int64 count) {
  for (int64 i = thread_number() * WIDTH; i < count; i += thread_count() * WIDTH) elements.template run<WIDTH>(i);
}

template <int WIDTH, class Elements> DEVICE void map(const Elements& elements, int64 count) {
  if constexpr (WIDTH > 1) {
    if (elements.begins_at_multiples_of(16)) return map_each<WIDTH>(elements, count);
  }
  map_each<1>(elements, count);
}
