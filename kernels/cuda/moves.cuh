// Moves: gather copies what an index names, scatter-add adds to it. Each element is read and written once, with an index
// of 4 bytes. An index out of range is told by its position: the first one is the smallest.

// The operands are the picked side (as if every index were 0), the index, and the other side.
template <int AXES> struct Move {
  Over<AXES, 3> over;
  // From one entry of the indexed axis to the next, how many there are, and where the first bad index is told.
  int64 stride, size;
  unsigned long long* bad;
};

// The entry that the index of an element names; one that is out of range is told, and 0 is taken for it.
template <int AXES> DEVICE int64 entry(const Move<AXES>& move, const int64 (&at)[3], int64 flat) {
  const int64 named = reinterpret_cast<const int*>(move.over.bases[1])[at[1]];
  if (named >= 0 && named < move.size) return named;
  atomicMin(move.bad, (unsigned long long)(flat));
  return -1;
}

template <class T, int AXES> DEVICE void gather(const Move<AXES>& move, int64 count) {
  for (int64 flat = thread_number(); flat < count; flat += thread_count()) {
    int64 at[3];
    find(move.over, flat, at);
    const int64 named = entry(move, at, flat);
    if (named < 0) continue;
    const T value = reinterpret_cast<const T*>(move.over.bases[0])[at[0] + named * move.stride];
    reinterpret_cast<T*>(move.over.bases[2])[at[2]] = value;
  }
}
