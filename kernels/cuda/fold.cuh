// fold: a program whose first axis is walked in order. A thread goes through all rounds of its element, so that what it
// reads of an earlier round it has written itself.

template <class Elements> DEVICE void fold(const Elements& elements, int64 rounds, int64 row) {
  for (int64 i = thread_number(); i < row; i += thread_count()) {
    for (int64 round = 0; round < rounds; round++) elements.template run<1>(round * row + i);
  }
}
