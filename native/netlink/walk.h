// Finds the way through a message by its table: which row an attribute belongs to, which table its payload
// follows. No N-API in here.
#pragma once

#include "message.h"
#include "schema.h"

namespace netloom {

// The row of an attribute's number, or null.
const schema::Attr* rowOf(const schema::AttrSet& set, uint16_t type);

// The table that the payload of a nest follows, or null if the row is none. A union asks its selector among
// `siblings`, the attributes beside it.
const schema::AttrSet* nestOf(const schema::AttrSet& set, const schema::Attr& row, ByteView siblings);

// The attributes behind the fixed header of the set; empty if the payload is shorter than that.
ByteView attributesOf(const schema::AttrSet& set, ByteView payload);

// The text of a string attribute, up to its NUL.
std::string_view textOf(ByteView payload);

// How many bytes a field of a fixed header takes.
size_t sizeOf(const schema::Attr& field);

}  // namespace netloom
