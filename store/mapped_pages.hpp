// How much of a mapped file counts as a process's memory.
#pragma once

namespace breakwater {

// A page of a mapped file is counted as resident from its first use on, though it is the page cache's and is there for
// others too: a process that reads all over a large store looks as large as the store. This lets go of every page of
// the file that this process has mapped for reading and shares with it; the next use of one maps it again. Nothing that
// was read changes, and nothing is read from the disk again that the cache still has. `file`: an open descriptor.
void release_mapped_pages(int file);

}  // namespace breakwater
