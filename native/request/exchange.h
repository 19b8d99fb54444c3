// One send on a request socket, and the kernel's answers to it.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "../program/program.h"

namespace netloom {

struct Answer {
  // kUnknown: the request was sent, but what the kernel said to it was lost, or a part of what was asked for;
  // `failure` says how.
  enum class State : uint8_t { kUnknown, kDone, kFailed } state = State::kUnknown;
  Failure failure;
  std::vector<Bytes> reply;  // datagrams of whole messages
  bool replyLost = false;    // a change is done, but the object that the kernel sent back is lost
  bool interrupted = false;  // a part of a dump was marked NLM_F_DUMP_INTR

  [[nodiscard]] bool done() const { return state == State::kDone; }
};

// Numbers the messages in `datagram`, sends it, and collects the answers until that of the last message which
// asks for one (NLM_F_ACK, or a dump) or `deadline` (CLOCK_MONOTONIC, ns). Messages before it count as done
// unless an error came, because the kernel answers in order. `families` has one entry for each message, null
// for those of no table. The kernel works before send() returns, so this waits only if something ate the
// answer.
std::vector<Answer> exchange(Socket& socket, Bytes& datagram, std::span<const schema::Family* const> families,
                             int64_t deadline);

// Takes the datagrams of a dump as they arrive. An empty one says that the dump begins anew.
using ReplySink = std::function<void(Bytes)>;

// True if the message asks for a list: those flag bits mean something else in other messages.
bool isDump(const Request& request);

// The same for a request that travels alone and is no dump. A get whose reply was lost is asked again, three
// times at most.
Answer askOnce(Socket& socket, const Request& request, int64_t deadline);
// A dump, repeated from the start while the kernel says that it changed under the reader, eight times at
// most. With a sink there is no reply in the answer. One of which a part was lost is kUnknown: the kernel
// may still be busy with it on this socket, so that it is to be asked again on another.
Answer dump(Socket& socket, const Request& request, int64_t deadline, const ReplySink& sink = {});

// True for answers to an inverse which say that there is nothing left to take back.
bool isNotFound(int error);

}  // namespace netloom
