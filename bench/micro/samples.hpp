// Messages of the normal case, with signatures that nobody made.
#pragma once

#include "pbft/messages.hpp"

namespace breakwater::bench {

// Of a batch of so many requests, one reservation each.
std::shared_ptr<const pbft::PrePrepare> pre_prepare_of(std::uint32_t requests);
std::shared_ptr<const pbft::Commit> commit();
RequestPtr reservation(std::uint64_t number);

}  // namespace breakwater::bench
