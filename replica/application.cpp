#include "replica/application.hpp"

#include <algorithm>

#include "replica/leaf_keys.hpp"
#include "replication/assert.hpp"
#include "replication/mutant.hpp"
#include "store/layout.hpp"

namespace breakwater {

namespace {
const Bytes kTimeKey = to_bytes("t");
}

std::vector<Application::Answer> Application::apply(const Committed& slot) {
  std::vector<Answer> answers;
  if (slot.batch == nullptr) return answers;  // a null request executes nothing and carries no time
  if (slot.batch->time > now_) {
    now_ = slot.batch->time;
    now_changed_ = true;
  }
  for (const RequestPtr& request : slot.batch->requests) {
    if (std::optional<Answer> known = answered(request)) {
      answers.push_back(std::move(*known));
      continue;
    }
    const auto commands = decode_commands(request->body);
    BW_ASSERT(commands);  // decode_batch refuses a body that is no list of commands
    CommandContext context = context_of(request->client);
    std::vector<Bytes> list;
    list.reserve(commands->size());
    for (const ByteView command : *commands) {
      list.push_back(apply(command, context, slot.sequence));
      context.room -= std::min(context.room, list.back().size());
    }
    const Results results(std::move(list));
    sessions_.remember(request->client, request->number, {request->digest, slot.sequence, results});
    answers.push_back({request, SessionVerdict::fresh, slot.sequence, results});
  }
  if (machine_.changes() >= kLeavesAtOnce) refresh(machine_.take_changed());
  return answers;
}

Bytes Application::apply(ByteView command, const CommandContext& context, SequenceNumber slot) {
  if (is_group_command(command)) return encode(membership_.apply(command, context.role, slot));
  return machine_.apply(command, context);
}

CommandContext Application::context_of(ClientId id) const {
  const ClientEntry* client = roster_.client(id);
  return {id, client == nullptr ? ClientRole::desk : client->role, now_, kMaxResultBytesPerRequest};
}

bool Application::only_reads(const Request& request) const {
  const auto commands = decode_commands(request.body);
  return commands && std::ranges::all_of(*commands, [&](ByteView command) {
           return !is_group_command(command) && machine_.only_reads(command);
         });
}

bool Application::reads_alike(const Request& request, AgreedTime later) const {
  return later <= now_ || read(request, now_) == read(request, later);
}

std::vector<Bytes> Application::read(const Request& request) const { return read(request, now_); }

std::vector<Bytes> Application::read(const Request& request, AgreedTime time) const {
  CommandContext context = context_of(request.client);
  context.now = time;
  std::vector<Bytes> results;
  const auto commands = decode_commands(request.body);
  BW_ASSERT(commands);  // the gate refuses other bodies
  for (const ByteView command : *commands) {
    results.push_back(machine_.read(command, context));
    context.room -= std::min(context.room, results.back().size());
  }
  return results;
}

std::optional<Application::Answer> Application::answered(const RequestPtr& request) const {
  const SessionVerdict verdict = sessions_.judge(request->client, request->number, request->digest);
  if (verdict == SessionVerdict::fresh) return std::nullopt;
  const CachedResult* cached = sessions_.find(request->client, request->number);
  Answer answer{request, verdict, cached == nullptr ? SequenceNumber(0) : cached->sequence, {}};
  if (verdict == SessionVerdict::duplicate && cached != nullptr) answer.results = cached->results;
  return answer;
}

std::optional<Bytes> Application::leaf(ByteView key) const {
  if (std::ranges::equal(key, kTimeKey)) return Writer().u64(now_.value).take();
  if (Membership::owns(key)) return membership_.leaf(key);
  return SessionTable::owns(key) ? sessions_.leaf(key) : machine_.leaf(key);
}

void Application::refresh_tree() {
  std::vector<Bytes> changed = machine_.take_changed();
  for (Bytes& key : sessions_.take_changed()) {
    if (!mutant(Mutant::sessions_outside_digest)) changed.push_back(std::move(key));
  }
  for (Bytes& key : membership_.take_changed()) changed.push_back(std::move(key));
  if (now_changed_) changed.push_back(kTimeKey);
  now_changed_ = false;
  refresh(changed);
}

void Application::refresh(const std::vector<Bytes>& changed) {
  // The machine has its leaves near each other in the order of their keys, the tree in that of its buckets.
  std::vector<std::optional<Bytes>> values;
  std::vector<std::pair<std::uint32_t, std::size_t>> order;
  values.reserve(changed.size());
  order.reserve(changed.size());
  for (std::size_t i = 0; i < changed.size(); ++i) {
    values.push_back(leaf(changed[i]));
    order.emplace_back(state_bucket(changed[i]), i);
  }
  std::ranges::sort(order);
  for (const auto& [bucket, i] : order) {
    const Bytes& key = changed[i];
    if (values[i]) tree_.put(key, *values[i], bucket);
    else if (!tree_.erase(key, bucket)) continue;  // never saved, or erased since
    keep_unsaved(bucket, sealed({Table::leaves, stored_leaf_key(key, bucket), std::move(values[i])}));
  }
}

void Application::keep_unsaved(std::uint32_t bucket, Record leaf) {
  std::vector<Record>& unsaved = unsaved_[bucket];
  const auto place = std::ranges::lower_bound(unsaved, leaf.key, {}, &Record::key);
  if (place != unsaved.end() && place->key == leaf.key) *place = std::move(leaf);
  else unsaved.insert(place, std::move(leaf));
}

Digest Application::root() {
  refresh_tree();
  return tree_.root();
}

std::vector<Record> Application::take_unsaved() {
  refresh_tree();
  std::vector<Record> records;
  for (std::vector<Record>& unsaved : unsaved_) {
    std::ranges::move(unsaved, std::back_inserter(records));
    unsaved = {};
  }
  return records;
}

void Application::clear() {
  machine_.clear();
  sessions_ = SessionTable();
  membership_.clear();
  tree_ = StateTree();
  now_ = AgreedTime(0);
  now_changed_ = false;
  std::ranges::fill(unsaved_, std::vector<Record>());
}

bool Application::load(ByteView key, ByteView value) {
  tree_.put(key, value);
  if (std::ranges::equal(key, kTimeKey)) {
    Reader in(value);
    now_ = AgreedTime(in.u64());
    return in.finished();
  }
  if (Membership::owns(key)) return membership_.load_leaf(key, value);
  return SessionTable::owns(key) ? sessions_.load_leaf(key, value) : machine_.load_leaf(key, value);
}

}  // namespace breakwater
