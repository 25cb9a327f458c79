// How much of a mapped file counts as a process's memory.
#pragma once

#include <cstddef>

namespace breakwater {

// A page of a mapped file is counted as resident from its first use on, though it is the page cache's and is there for
// others too: a process that reads all over a large store looks as large as the store. Once this process has mapped
// more than `most_bytes` of files, this lets go of every page of `file`, an open descriptor, that it shares with the
// cache; the next use of one maps it again. Nothing that was read changes, and nothing is read from the disk again that
// the cache still has.
void limit_mapped_pages(int file, std::size_t most_bytes);

}  // namespace breakwater
