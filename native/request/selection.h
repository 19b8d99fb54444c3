// Keeps of a dump what is wanted: a host can have a million routes, of which a network asks for a few.
#pragma once

#include "../program/program.h"

namespace netloom {

// Appends the messages of a datagram that the selection wants to `out`. An object without a prefix is not
// wanted.
void keepSelected(const schema::Family& family, const Selection& selection, ByteView datagram, Bytes& out);

}  // namespace netloom
