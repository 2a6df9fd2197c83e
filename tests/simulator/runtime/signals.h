// Accesses of a kernel to memory that is not there.
#pragma once

namespace cudashim {

/// From now on a kernel that touches memory out of reach ends its launch with an error, not the process.
void catch_bad_accesses();

}  // namespace cudashim
