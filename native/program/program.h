// Programs: compiled steps, and the results of running them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "../netlink/message.h"
#include "../netlink/schema.h"
#include "../netlink/socket.h"
#include "../netns/namespace.h"

namespace netloom {

// A u32 in a message that is known only when the message is sent.
struct DevicePatch {
  uint32_t offset;
  std::string name;
};
struct NamespacePatch {
  uint32_t offset;
  uint32_t slot;
};

// One message, complete except for sequence number, port id, patches and the ACK flag.
struct Request {
  const schema::Family* family = nullptr;
  schema::Verb verb = schema::Verb::kGet;
  Bytes bytes;
  std::vector<DevicePatch> devices;
  std::vector<NamespacePatch> namespaces;
};

// How a request is undone. kInverse sends `inverse`. kRestore reads the object before the request; the undo
// restores what the request changed, creates what it deleted, or deletes what it created.
enum class Undo : uint8_t { kNone, kInverse, kRestore };

// Selects the objects of a dump whose prefix overlaps a network. The kernel has no such filter.
struct Selection {
  Bytes network;  // 4 or 16 bytes; empty: all objects
  uint8_t prefix = 0;
};

struct RequestStep {
  uint32_t slot = 0;
  Request request;
  bool wantsReply = false;  // get, list, and creations that ask for NLM_F_ECHO
  Selection selection;      // of a list
  [[nodiscard]] bool selects() const { return !selection.network.empty(); }
  Undo undo = Undo::kNone;
  uint32_t undoSlot = 0;
  Request inverse;  // kInverse: the request; kRestore: the get or dump that reads the object first
};

// One nf_tables batch, which the kernel applies as a whole or not at all.
struct TransactionStep {
  uint32_t slot = 0;
  std::vector<Request> requests;
  std::vector<Request> inverse;
};

struct CreateStep {  // unshare; with a path, pinned there as `ip netns add` does
  uint32_t slot = 0;
  std::string path;
};
struct OpenStep {
  uint32_t slot = 0;
  std::string path;
};
struct UnpinStep {  // unmounts and removes the name; succeeds if it is absent
  std::string path;
  uint32_t inode = 0;  // of the namespace that the name must have; 0: any
};
struct SysctlStep {  // path below /proc/sys; the undo restores the old value
  uint32_t slot = 0;
  std::string path;
  std::string value;
};
struct SocketStep {  // opens a socket that outlives the program
  uint32_t slot = 0;
  int protocol = 0;
  int receiveBuffer = 0;  // 0: the default
};

struct ConfirmStep {  // waits for confirm(); fails with ETIMEDOUT without it
  uint32_t timeoutMs = 0;
};

using Step = std::variant<RequestStep, TransactionStep, CreateStep, OpenStep, UnpinStep, SysctlStep,
                          SocketStep, ConfirmStep>;

// A namespace of a program: given, or filled by a CreateStep or OpenStep. Sockets that are not given are
// opened once.
struct Slot {
  std::shared_ptr<Namespace> netns;
  std::shared_ptr<Socket> route;
  std::shared_ptr<Socket> netfilter;
  std::shared_ptr<Socket> generic;
};

struct Program {
  std::vector<Slot> slots;
  std::vector<Step> steps;
  bool atomic = true;  // stop at the first failure and undo; otherwise every step runs and has its own result
  // Further parts follow, whose slots and steps continue the numbering. This part runs meanwhile.
  bool more = false;
  // The replies to dumps are reported as they arrive, instead of being kept for the results.
  bool streams = false;
  uint32_t deadlineMs = 10'000;
};

struct Failure {
  int error = 0;          // errno; 0: none
  const char* call = "";  // the system call, or "netlink" for the kernel's answer to a request
  std::string text;       // extack
  std::string path;       // of the attribute that the kernel reported: "peer.ifname"
  int request = -1;       // the index of the request in a transaction
};

// The failure of a system call.
inline Failure failed(int error, const char* call) {
  Failure failure;
  failure.error = error;
  failure.call = call;
  return failure;
}

struct StepResult {
  bool done = false;
  Failure failure;
  std::vector<Bytes> reply;  // datagrams of whole messages, for get, list and echo
  bool interrupted = false;  // the dump was inconsistent after every repetition
  std::shared_ptr<Namespace> netns;
  std::shared_ptr<Socket> socket;
  std::string previous;  // sysctl: the value before
};

// The outcome of a program or of one of its parts. Steps are numbered through all parts.
struct Outcome {
  std::vector<StepResult> results;
  int first = 0;    // the number of the first result's step
  int failed = -1;  // atomic programs: the step that ended it; -1: none
  bool aborted = false;
  struct NotUndone {
    int step;
    Failure failure;
  };
  std::vector<NotUndone> notUndone;
};

}  // namespace netloom
