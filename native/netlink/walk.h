// Walks a message along its table: the row of an attribute, and the table of its payload.
#pragma once

#include "message.h"
#include "schema.h"

namespace netloom {

// The row of an attribute type, or null.
const schema::Attr* rowOf(const schema::AttrSet& set, uint16_t type);

// The table of a nest's payload; null if the row is not a nest. For a union it is chosen by the selector
// among `siblings`.
const schema::AttrSet* nestOf(const schema::AttrSet& set, const schema::Attr& row, ByteView siblings);

// The attributes after the fixed header of the set; empty if the payload is shorter than the header.
ByteView attributesOf(const schema::AttrSet& set, ByteView payload);

// The text of a string attribute, up to its NUL.
std::string_view textOf(ByteView payload);

// The size of a field of a fixed header in bytes.
size_t sizeOf(const schema::Attr& field);

}  // namespace netloom
