// map: every input is read and every output written once, so that nothing but memory limits it. A thread takes in WIDTH
// neighbours, which are 16 bytes, where the rows allow it.

template <int WIDTH, class Elements> DEVICE void map(const Elements& elements, int64 count) {
  for (int64 i = thread_number() * WIDTH; i < count; i += thread_count() * WIDTH) elements.template run<WIDTH>(i);
}
