// Filters a dump: a host can have a million routes, of which a network needs a few.
#pragma once

#include "../program/program.h"

namespace netloom {

// Appends the selected messages of a datagram to `out`. An object without a prefix is not selected.
void keepSelected(const schema::Family& family, const Selection& selection, ByteView datagram, Bytes& out);

}  // namespace netloom
