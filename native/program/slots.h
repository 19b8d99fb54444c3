// The namespaces of one program, and their sockets.
#pragma once

#include <vector>

#include "namespace_creation.h"

namespace netloom {

class Slots {
 public:
  Slots(NamespaceScope& scope, std::vector<Slot> slots);

  // Fills a slot with a new namespace, pinned if `path` is not empty.
  Failure create(uint32_t slot, const std::string& path);
  // Fills a slot with a namespace that was created elsewhere.
  void fill(uint32_t slot, Creation made);
  // Prepares the directory of the path for pinned names.
  Failure prepare(const std::string& path);
  Failure open(uint32_t slot, const std::string& path);
  void drop(uint32_t slot);
  void add(std::vector<Slot> more);
  // Closes sockets in namespaces that were created here: those that have been used, and the oldest unused
  // ones beyond a limit. They are opened again when needed. A program with thousands of namespaces uses a few
  // at a time.
  void closeSockets();

  // The slot's socket. It is opened on first use and replaced if it is spoiled.
  Failure socket(uint32_t slot, int protocol, Socket*& out);
  // Opens a further socket for the caller.
  Failure openSocket(uint32_t slot, int protocol, int receiveBuffer, std::shared_ptr<Socket>& out);
  // Makes the slot use this socket.
  void lend(uint32_t slot, std::shared_ptr<Socket> socket);

  // The slot's namespace, or null if nothing has filled it.
  [[nodiscard]] const std::shared_ptr<Namespace>& netns(uint32_t slot) const { return slots_[slot].netns; }
  [[nodiscard]] NamespaceScope& scope() { return scope_; }

 private:
  struct Fresh {
    uint32_t slot;
    bool used;
  };

  Failure replace(const Slot& slot, Socket& socket);

  NamespaceScope& scope_;
  std::vector<Slot> slots_;
  std::vector<Fresh> fresh_;  // created here and with an open socket, the oldest first
  std::string prepared_;      // the directory that has been prepared
};

}  // namespace netloom
