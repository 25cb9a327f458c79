// Is a store's file sound, page by page? Reads bytes only, and never crashes on them.
#pragma once

#include "store/content_check.hpp"
#include "store/lmdb_pages.hpp"

namespace breakwater {

struct FileCheck {
  std::uint64_t pages = 0, free_pages = 0;  // of 1 to LMDB's last page
  std::uint64_t transaction = 0;            // LMDB's
  std::optional<std::string> fault;         // of the pages, if any: then the content was not read to its end
  ContentCheck content;
  std::uint64_t bytes_read = 0;

  bool sound() const { return !fault && content.sound(); }
  std::vector<std::string> problems() const;
};

// Walks every tree of the newest transaction, and insists that
// - each page is whole, says what it is, and has its keys in order and within its parent's;
// - each tree has the pages, entries and depth that it is said to have;
// - each page of the file is in exactly one place: one tree, or the free list;
// - the content is what the store's head says (store/content_check.hpp);
// - the other meta page is of the transaction before, by its number and by the head of its own tree: a damaged number
//   would otherwise bring back a state in which the last promise had not been made.
// What lies in free pages, beyond the last page, or between the nodes of a page is not looked at: nobody reads it.
FileCheck check_file(ByteView file);

void encode(Writer& out, const FileCheck& check);
FileCheck decode_file_check(Reader& in);

}  // namespace breakwater
