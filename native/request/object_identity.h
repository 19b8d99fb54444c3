// Compares objects by the identity keys of their family, and objects with requests.
#pragma once

#include "../program/program.h"

namespace netloom {

// True if `candidate`, a message from the kernel, is the object that `request` identifies. With `loose` a key
// that the request leaves out matches any value, as in a deletion.
bool isSameObject(const schema::Family& family, ByteView request, ByteView candidate, bool loose);

// True if every attribute of `request` has the same value in `found`.
bool hasRequested(const schema::Family& family, ByteView request, ByteView found);

// The first message in the datagrams that is the object; empty if there is none.
ByteView findObject(const schema::Family& family, ByteView request, const std::vector<Bytes>& datagrams,
                    bool loose);

}  // namespace netloom
