// scatter-add where there are many entries and few lines of them: positions are sorted by what they name, and a thread
// adds all that goes to one place, in the order of their positions, as the CPU does.

// What is sorted: line and entry above, the position in the line below; the last ones are for bad indices and none.
constexpr int POSITION_BITS = 32;
constexpr uint64 NO_KEY = ~uint64(0);

// The keys of `lines` lines of the index; `count` is a power of two.
template <int AXES> DEVICE void make_keys(Move<AXES>& move, uint64* keys, int64 lines, int64 length, int64 count) {
  for (int64 flat = thread_number(); flat < count; flat += thread_count()) {
    keys[flat] = NO_KEY;
    if (flat >= lines * length) continue;
    int64 at[3];
    find(move.over, flat, at);
    const int64 named = entry(move, at, flat);
    if (named >= 0) keys[flat] = uint64(flat / length * move.size + named) << POSITION_BITS | uint64(flat % length);
  }
}

// Adds by the sorted keys of so many lines of the index; if that is one, all lines share it.
template <class T, int AXES>
DEVICE void add_sorted(const Move<AXES>& move, const uint64* keys, int64 lines, int64 index_lines, int64 length) {
  const int64 keyed = index_lines * length, sharing = lines / index_lines;
  for (int64 number = thread_number(); number < keyed * sharing; number += thread_count()) {
    const int64 first = number / sharing;
    const uint64 group = keys[first] >> POSITION_BITS;
    if (keys[first] == NO_KEY || (first > 0 && keys[first - 1] >> POSITION_BITS == group)) continue;
    const int64 line = sharing > 1 ? number % sharing : int64(group) / move.size, named = int64(group) % move.size;
    int64 at[3];
    find(move.over, line * length, at);
    T& result = reinterpret_cast<T*>(move.over.bases[0])[at[0] + named * move.stride];
    const T* source = reinterpret_cast<const T*>(move.over.bases[2]) + at[2];
    T sum = result;
    for (int64 i = first; i < keyed && keys[i] >> POSITION_BITS == group; i++) {
      sum = math::add(sum, source[int64(uint32(keys[i])) * move.over.step(2)]);
    }
    result = sum;
  }
}
