// Moves: gather copies what an index names, scatter-add adds to it. Each element is read and written once, with an index
// of 4 bytes. An index out of range is told by its position: the first one is the smallest.

// The operands are the picked side (as if every index were 0), the index, and the other side.
template <int AXES> struct Move {
  // Where the first bad index stands, if there is one.
  uint64 bad;
  // From one entry of the indexed axis to the next, and how many there are.
  int64 stride, size;
  Over<AXES, 3> over;
};

// The entry that the index of an element names; −1 for one that is out of range, which is told.
template <int AXES> DEVICE int64 entry(Move<AXES>& move, const int64 (&at)[3], int64 flat) {
  const int64 named = reinterpret_cast<const int*>(move.over.bases[1])[at[1]];
  if (named >= 0 && named < move.size) return named;
  atomicMin(&move.bad, uint64(flat));
  return -1;
}

template <class T, int AXES> DEVICE void gather(Move<AXES>& move, int64 count) {
  for (int64 flat = thread_number(); flat < count; flat += thread_count()) {
    int64 at[3];
    find(move.over, flat, at);
    const int64 named = entry(move, at, flat);
    if (named < 0) continue;
    const T value = reinterpret_cast<const T*>(move.over.bases[0])[at[0] + named * move.stride];
    reinterpret_cast<T*>(move.over.bases[2])[at[2]] = value;
  }
}

// The indexed axis is the last one, and one thread walks it, so that what goes to one place is added in order.
template <class T, int AXES> DEVICE void scatter_add(Move<AXES>& move, int64 lines, int64 length) {
  for (int64 line = thread_number(); line < lines; line += thread_count()) {
    for (int64 i = 0; i < length; i++) {
      int64 at[3];
      find(move.over, line * length + i, at);
      const int64 named = entry(move, at, line * length + i);
      if (named < 0) continue;
      T& sum = reinterpret_cast<T*>(move.over.bases[0])[at[0] + named * move.stride];
      sum = math::add(sum, reinterpret_cast<const T*>(move.over.bases[2])[at[2]]);
    }
  }
}
