// Attribute tables of nf_tables' expressions that load a register with what is neither a header's field nor
// of the packet itself.
#pragma once

#include <linux/netfilter/nf_tables.h>

#include "data.h"

namespace netloom::schema {

inline constexpr Name kNftExthdrOpRows[] = {
    {NFT_EXTHDR_OP_IPV6, "ipv6"}, {NFT_EXTHDR_OP_TCPOPT, "tcpopt"}, {NFT_EXTHDR_OP_IPV4, "ipv4"},
    {NFT_EXTHDR_OP_SCTP, "sctp"}, {NFT_EXTHDR_OP_DCCP, "dccp"},
};
inline constexpr Names kNftExthdrOpNames{kNftExthdrOpRows};
inline constexpr Name kNftExthdrFlagRows[] = {{NFT_EXTHDR_F_PRESENT, "present"}};
inline constexpr Names kNftExthdrFlagNames{kNftExthdrFlagRows, true};

inline constexpr Attr kNftExthdrAttrs[] = {
    {NFTA_EXTHDR_DREG, "dreg", Kind::kBe32},
    {NFTA_EXTHDR_TYPE, "type", Kind::kU8},
    {NFTA_EXTHDR_OFFSET, "offset", Kind::kBe32},
    {NFTA_EXTHDR_LEN, "len", Kind::kBe32},
    named(NFTA_EXTHDR_FLAGS, "flags", Kind::kBe32, &kNftExthdrFlagNames),
    named(NFTA_EXTHDR_OP, "op", Kind::kBe32, &kNftExthdrOpNames),
    {NFTA_EXTHDR_SREG, "sreg", Kind::kBe32},
};
inline constexpr AttrSet kNftExthdr{"nftExthdr", kNftExthdrAttrs};

inline constexpr Name kNftRtKeyRows[] = {
    {NFT_RT_CLASSID, "classid"}, {NFT_RT_NEXTHOP4, "nexthop4"}, {NFT_RT_NEXTHOP6, "nexthop6"},
    {NFT_RT_TCPMSS, "tcpmss"},   {NFT_RT_XFRM, "xfrm"},
};
inline constexpr Names kNftRtKeyNames{kNftRtKeyRows};
inline constexpr Attr kNftRtAttrs[] = {
    {NFTA_RT_DREG, "dreg", Kind::kBe32},
    named(NFTA_RT_KEY, "key", Kind::kBe32, &kNftRtKeyNames),
};
inline constexpr AttrSet kNftRt{"nftRt", kNftRtAttrs};

inline constexpr Name kNftSocketKeyRows[] = {
    {NFT_SOCKET_TRANSPARENT, "transparent"},
    {NFT_SOCKET_MARK, "mark"},
    {NFT_SOCKET_WILDCARD, "wildcard"},
    {NFT_SOCKET_CGROUPV2, "cgroupv2"},
};
inline constexpr Names kNftSocketKeyNames{kNftSocketKeyRows};
inline constexpr Attr kNftSocketAttrs[] = {
    named(NFTA_SOCKET_KEY, "key", Kind::kBe32, &kNftSocketKeyNames),
    {NFTA_SOCKET_DREG, "dreg", Kind::kBe32},
    {NFTA_SOCKET_LEVEL, "level", Kind::kBe32},
};
inline constexpr AttrSet kNftSocket{"nftSocket", kNftSocketAttrs};

inline constexpr Name kNftNgTypeRows[] = {{NFT_NG_INCREMENTAL, "inc"}, {NFT_NG_RANDOM, "random"}};
inline constexpr Names kNftNgTypeNames{kNftNgTypeRows};
inline constexpr Attr kNftNumgenAttrs[] = {
    {NFTA_NG_DREG, "dreg", Kind::kBe32},
    {NFTA_NG_MODULUS, "modulus", Kind::kBe32},
    named(NFTA_NG_TYPE, "type", Kind::kBe32, &kNftNgTypeNames),
    {NFTA_NG_OFFSET, "offset", Kind::kBe32},
};
inline constexpr AttrSet kNftNumgen{"nftNumgen", kNftNumgenAttrs};

inline constexpr Name kNftHashTypeRows[] = {{NFT_HASH_JENKINS, "jenkins"}, {NFT_HASH_SYM, "sym"}};
inline constexpr Names kNftHashTypeNames{kNftHashTypeRows};
inline constexpr Attr kNftHashAttrs[] = {
    {NFTA_HASH_SREG, "sreg", Kind::kBe32},
    {NFTA_HASH_DREG, "dreg", Kind::kBe32},
    {NFTA_HASH_LEN, "len", Kind::kBe32},
    {NFTA_HASH_MODULUS, "modulus", Kind::kBe32},
    {NFTA_HASH_SEED, "seed", Kind::kBe32},
    {NFTA_HASH_OFFSET, "offset", Kind::kBe32},
    named(NFTA_HASH_TYPE, "type", Kind::kBe32, &kNftHashTypeNames),
};
inline constexpr AttrSet kNftHash{"nftHash", kNftHashAttrs};

inline constexpr Attr kNftOsfAttrs[] = {
    {NFTA_OSF_DREG, "dreg", Kind::kBe32},
    {NFTA_OSF_TTL, "ttl", Kind::kU8},
    {NFTA_OSF_FLAGS, "flags", Kind::kBe32},
};
inline constexpr AttrSet kNftOsf{"nftOsf", kNftOsfAttrs};

inline constexpr Name kNftXfrmKeyRows[] = {
    {NFT_XFRM_KEY_DADDR_IP4, "daddr4"}, {NFT_XFRM_KEY_DADDR_IP6, "daddr6"},
    {NFT_XFRM_KEY_SADDR_IP4, "saddr4"}, {NFT_XFRM_KEY_SADDR_IP6, "saddr6"},
    {NFT_XFRM_KEY_REQID, "reqid"},      {NFT_XFRM_KEY_SPI, "spi"},
};
inline constexpr Names kNftXfrmKeyNames{kNftXfrmKeyRows};
inline constexpr Attr kNftXfrmAttrs[] = {
    {NFTA_XFRM_DREG, "dreg", Kind::kBe32},
    named(NFTA_XFRM_KEY, "key", Kind::kBe32, &kNftXfrmKeyNames),
    {NFTA_XFRM_DIR, "dir", Kind::kU8},
    {NFTA_XFRM_SPNUM, "spnum", Kind::kBe32},
};
inline constexpr AttrSet kNftXfrm{"nftXfrm", kNftXfrmAttrs};

}  // namespace netloom::schema
