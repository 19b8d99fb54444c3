// Which object a message is about, by the identity keys of its family, and whether an object is what was
// asked for.
#pragma once

#include "../program/program.h"

namespace netloom {

// True if `candidate`, a message as the kernel sent it, is the object that `request` names. With `loose` a
// key that the request leaves out matches anything, as it does in a deletion.
bool isSameObject(const schema::Family& family, ByteView request, ByteView candidate, bool loose);

// True if everything that `request` asks for reads the same in `found`.
bool hasRequested(const schema::Family& family, ByteView request, ByteView found);

// The first message in the datagrams that is the object, or an empty view.
ByteView findObject(const schema::Family& family, ByteView request, const std::vector<Bytes>& datagrams,
                    bool loose);

}  // namespace netloom
