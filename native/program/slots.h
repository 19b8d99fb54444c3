// The namespaces of one program and the sockets born in them.
#pragma once

#include <vector>

#include "namespace_creation.h"

namespace netloom {

class Slots {
 public:
  Slots(NamespaceScope& scope, std::vector<Slot> slots);

  // Fills a slot with a new namespace, pinned if `path` is not empty.
  Failure create(uint32_t slot, const std::string& path);
  // The same with one that was made elsewhere.
  void fill(uint32_t slot, Creation made);
  // Makes sure that names can be pinned in the path's directory.
  Failure prepare(const std::string& path);
  Failure open(uint32_t slot, const std::string& path);
  void drop(uint32_t slot);
  void add(std::vector<Slot> more);
  // Closes the sockets in the namespaces that were made here and have been used, or wait for it in too large
  // a number; they are opened again on need. Of thousands, those of a few are needed at a time.
  void closeSockets();

  // The slot's socket, opened on first need and replaced if it is spoiled.
  Failure socket(uint32_t slot, int protocol, Socket*& out);
  // A further socket, owned by the caller.
  Failure openSocket(uint32_t slot, int protocol, int receiveBuffer, std::shared_ptr<Socket>& out);
  // From now on the slot uses this socket.
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
  std::vector<Fresh> fresh_;  // those that were made here and have an open socket, the oldest first
  std::string prepared_;      // the directory that names can be pinned in
};

}  // namespace netloom
