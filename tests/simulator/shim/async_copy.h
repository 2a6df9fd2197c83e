// cp.async: copies from global to shared memory that land when their thread waits for them, not before.
#pragma once

namespace cudashim {

/// Notes a copy of `bytes` bytes, of which the last `bytes - filled` become zero.
void copy_async(void* shared, const void* global, unsigned bytes, unsigned filled);
/// Closes the group of the copies noted since the last one.
void copy_async_commit();
/// Lands all groups but the newest `pending` ones.
void copy_async_wait(unsigned pending);

}  // namespace cudashim
