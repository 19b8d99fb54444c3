#include "undo_log.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <cerrno>
#include <iterator>

#include "../netlink/error.h"
#include "../netlink/walk.h"
#include "../program/sysctl.h"
#include "../request/nft_batch.h"
#include "../request/recover.h"

namespace netloom {
namespace {

constexpr size_t kMostInGroup = 4096;

// True for the deletion of a single link, which can be replaced by the deletion of a group.
bool deletesOneLink(const Request& request) {
  const auto header = load<nlmsghdr>(request.bytes);
  if (request.family->protocol != NETLINK_ROUTE || header.nlmsg_type != RTM_DELLINK) return false;
  const ByteView payload = payloadOf(request.bytes);
  // In the family AF_BRIDGE the same message deletes VLANs of a port.
  if (payload.size() < sizeof(ifinfomsg) || load<ifinfomsg>(payload).ifi_family != AF_UNSPEC) return false;
  const ByteView attributes = attributesOf(*request.family->set, payload);
  if (findAttribute(attributes, IFLA_TARGET_NETNSID) || findAttribute(attributes, IFLA_GROUP)) return false;
  return load<ifinfomsg>(payload).ifi_index != 0 || findAttribute(attributes, IFLA_IFNAME) ||
         findAttribute(attributes, IFLA_ALT_IFNAME);
}

// A random group number, which with near certainty nothing else uses; never the default group.
uint32_t privateGroup() {
  uint32_t group = 0;
  if (getrandom(&group, sizeof group, GRND_NONBLOCK) != sizeof group)
    group = static_cast<uint32_t>(monotonicNow());
  return group | 1U << 30;
}

// Turns the deletion of a link into a request that moves the link to a group.
Request regrouped(const Request& deletion, uint32_t group) {
  Request out = deletion;
  auto header = load<nlmsghdr>(out.bytes);
  header.nlmsg_type = RTM_SETLINK;
  header.nlmsg_flags = NLM_F_REQUEST;
  std::memcpy(out.bytes.data(), &header, sizeof header);
  MessageWriter writer(out.bytes);
  writer.put(IFLA_GROUP, group);
  header.nlmsg_len = static_cast<uint32_t>(out.bytes.size());
  std::memcpy(out.bytes.data(), &header, sizeof header);
  out.verb = schema::Verb::kSet;
  return out;
}

Request groupDeletion(const schema::Family& family, uint32_t group) {
  Request out;
  out.family = &family;
  out.verb = schema::Verb::kDelete;
  MessageWriter writer(out.bytes);
  writer.begin(RTM_DELLINK, NLM_F_REQUEST);
  writer.header(sizeof(ifinfomsg));
  writer.put(IFLA_GROUP, group);
  (void)writer.end();  // a header and one number cannot outgrow their length fields
  return out;
}

// An object to create again may exist already: the kernel restores connected routes with their address.
bool isUndone(const Request& inverse, int error) {
  return error == 0 || isNotFound(error) || (error == EEXIST && inverse.verb != schema::Verb::kDelete);
}

}  // namespace

void UndoLog::addRequest(int step, uint32_t slot, Request inverse) {
  entries_.push_back({step, Inverse{slot, std::move(inverse)}});
}

void UndoLog::addTransaction(int step, uint32_t slot, std::vector<Request> inverse) {
  entries_.push_back({step, NftBatch{slot, std::move(inverse)}});
}

void UndoLog::addNamespace(int step, uint32_t slot, std::string path) {
  entries_.push_back({step, CreatedNamespace{slot, std::move(path)}});
}

void UndoLog::addSysctl(int step, uint32_t slot, std::string path, std::string old) {
  entries_.push_back({step, Setting{slot, std::move(path), std::move(old)}});
}

bool UndoLog::advance(Slots& slots, std::vector<Outcome::NotUndone>& left) {
  if (entries_.empty()) {
    if (lastTry_ || failed_.empty()) {
      for (Entry& entry : failed_) left.push_back({entry.step, std::move(entry.failure)});
      return false;
    }
    // Latest first, as in the first pass.
    entries_.assign(std::make_move_iterator(failed_.rbegin()), std::make_move_iterator(failed_.rend()));
    failed_.clear();
    lastTry_ = true;
  }
  Entry& last = entries_.back();
  if (std::holds_alternative<Inverse>(last.what)) {
    if (const size_t links = deletions(); links > 1)
      takeBackLinks(slots, links);
    else
      takeBackRequests(slots);
    return true;
  }
  Failure failure;
  if (auto* batch = std::get_if<NftBatch>(&last.what))
    failure = takeBack(slots, *batch);
  else if (auto* creation = std::get_if<CreatedNamespace>(&last.what))
    failure = takeBack(slots, *creation);
  else if (auto* setting = std::get_if<Setting>(&last.what))
    failure = takeBack(slots, *setting);
  if (failure.error != 0) keep(std::move(last), std::move(failure));
  entries_.pop_back();
  return true;
}

void UndoLog::keep(Entry entry, Failure failure) {
  entry.failure = std::move(failure);
  failed_.push_back(std::move(entry));
}

Failure UndoLog::takeBack(Slots& slots, NftBatch& batch) const {
  return undoNftBatch(slots, batch.slot, batch.requests, deadlineMs_);
}

Failure UndoLog::takeBack(Slots& slots, CreatedNamespace& creation) {
  // The name may be another namespace's by now, and then stays.
  const auto& netns = slots.netns(creation.slot);
  const uint32_t inode = netns ? inodeOfNamespace(netns->fd.get()) : 0;
  slots.drop(creation.slot);
  Failure failure;
  if (!creation.path.empty()) failure.error = unpinNamespace(creation.path, inode);
  if (failure.error != 0) failure.call = "umount2";
  return failure;
}

Failure UndoLog::takeBack(Slots& slots, Setting& setting) {
  std::string replaced;
  Failure failure =
      writeSysctl(slots.scope(), *slots.netns(setting.slot), setting.path, setting.old, replaced);
  if (failure.error == ENOENT) return {};  // the interface of the path is gone
  return failure;
}

size_t UndoLog::deletions() const {
  size_t count = 0;
  uint32_t slot = 0;
  for (auto entry = entries_.rbegin(); entry != entries_.rend() && count < kMostInGroup; ++entry, ++count) {
    const auto* inverse = std::get_if<Inverse>(&entry->what);
    if (inverse == nullptr || entry->single || !deletesOneLink(inverse->request)) break;
    if (count > 0 && inverse->slot != slot) break;
    slot = inverse->slot;
  }
  return count;
}

// Deleting a single link takes 15 to 30 ms, a group of a thousand 0.2 s. On a failure the links are deleted
// one by one afterwards, where an absent link is no failure.
void UndoLog::takeBackLinks(Slots& slots, size_t count) {
  const uint32_t group = privateGroup();
  const auto first = entries_.end() - static_cast<std::ptrdiff_t>(count);
  const auto& inverse = std::get<Inverse>(first->what);
  for (auto entry = first; entry != entries_.end(); ++entry) entry->single = true;
  Socket* socket = nullptr;
  bool all = true;
  for (auto entry = first; entry != entries_.end() && all;) {
    if (slots.socket(inverse.slot, NETLINK_ROUTE, socket).error != 0) return;
    Batch batch(slots, *socket);
    std::vector<Answer> answers;
    for (; entry != entries_.end(); ++entry) {
      Failure why;
      const auto added = batch.add(regrouped(std::get<Inverse>(entry->what).request, group), why);
      // kFailed: the device name cannot be resolved, so the link is gone.
      if (added == Batch::Added::kFull) break;
    }
    if (batch.size() == 0) return;
    for (const Answer& answer : batch.send(deadlineIn(deadlineMs_))) {
      all = all &&
            (answer.done() || (answer.state == Answer::State::kFailed && isNotFound(answer.failure.error)));
    }
  }
  if (!all || slots.socket(inverse.slot, NETLINK_ROUTE, socket).error != 0) return;
  const Answer answer =
      askOnce(*socket, groupDeletion(*inverse.request.family, group), deadlineIn(deadlineMs_));
  if (answer.done() || (answer.state == Answer::State::kFailed && isNotFound(answer.failure.error)))
    entries_.erase(first, entries_.end());
}

void UndoLog::takeBackRequests(Slots& slots) {
  const uint32_t slot = std::get<Inverse>(entries_.back().what).slot;
  const int protocol = std::get<Inverse>(entries_.back().what).request.family->protocol;
  Socket* socket = nullptr;
  Failure failure = slots.socket(slot, protocol, socket);
  if (failure.error != 0) {
    keep(std::move(entries_.back()), std::move(failure));
    entries_.pop_back();
    return;
  }
  Batch batch(slots, *socket);
  std::vector<Entry> sent;
  while (!entries_.empty()) {
    auto* inverse = std::get_if<Inverse>(&entries_.back().what);
    if (inverse == nullptr || inverse->slot != slot || inverse->request.family->protocol != protocol) break;
    if (!sent.empty() && deletions() > 1) break;
    const auto added = batch.add(inverse->request, failure);
    if (added == Batch::Added::kFull) break;
    if (added == Batch::Added::kYes)
      sent.push_back(std::move(entries_.back()));
    else if (!isNotFound(failure.error))
      keep(std::move(entries_.back()), std::move(failure));
    entries_.pop_back();
  }
  if (sent.empty()) return;
  std::vector<Answer> answers = batch.send(deadlineIn(deadlineMs_));
  for (size_t i = 0; i < sent.size(); i++) {
    Request& request = std::get<Inverse>(sent[i].what).request;
    if (answers[i].state == Answer::State::kUnknown) {
      if (slots.socket(slot, protocol, socket).error == 0 &&
          !isNotFound(patch(slots, *socket, request, request.bytes).error)) {
        answers[i] = recoverAnswer(slots, slot, request, deadlineMs_);
      }
    }
    if (!isUndone(request, answers[i].failure.error)) keep(std::move(sent[i]), std::move(answers[i].failure));
  }
}

}  // namespace netloom
