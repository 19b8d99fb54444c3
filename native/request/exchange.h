// One send on a request socket, and the answers of the kernel.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "../program/program.h"

namespace netloom {

struct Answer {
  // kUnknown: the request was sent, but the kernel's verdict or a part of the reply was lost; `failure` says
  // how.
  enum class State : uint8_t { kUnknown, kDone, kFailed } state = State::kUnknown;
  Failure failure;
  std::vector<Bytes> reply;  // datagrams of whole messages
  bool replyLost = false;    // the change is done, but the echoed object is lost
  bool interrupted = false;  // a message of the dump was marked NLM_F_DUMP_INTR

  [[nodiscard]] bool done() const { return state == State::kDone; }
};

// Numbers the messages in `datagram`, sends it, and collects answers up to that of the last message that
// requests one (NLM_F_ACK, or a dump), or until `deadline` (CLOCK_MONOTONIC, ns). The kernel answers in
// order, so earlier messages without an error count as done. `families` has one entry for each message, null
// if it has no table. The kernel does its work before send() returns: this waits only if an answer was lost.
std::vector<Answer> exchange(Socket& socket, Bytes& datagram, std::span<const schema::Family* const> families,
                             int64_t deadline);

// Receives the datagrams of a dump as they arrive. An empty one says that the dump starts over.
using ReplySink = std::function<void(Bytes)>;

// True if the request is for a list. In other messages the bits of NLM_F_DUMP have another meaning.
bool isDump(const Request& request);

// Sends a single request that is not a dump. A get whose reply was lost is repeated, with three attempts at
// most.
Answer askOnce(Socket& socket, const Request& request, int64_t deadline);
// Sends a dump, and repeats it while the kernel reports that the data changed meanwhile, with eight attempts
// at most. With a sink the answer has no reply. The answer is kUnknown if a part was lost: the kernel may
// still be busy with the dump on this socket, so it must be repeated on another one.
Answer dump(Socket& socket, const Request& request, int64_t deadline, const ReplySink& sink = {});

}  // namespace netloom
