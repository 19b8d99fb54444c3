// Constants that the oldest supported build headers (Linux 6.1) lack, by names of our own that cannot clash.
#pragma once

#include <cstdint>

namespace netloom::schema {

// linux/if_link.h
constexpr uint16_t kIflaDevlinkPort = 62;
constexpr uint16_t kIflaGsoIpv4MaxSize = 63;
constexpr uint16_t kIflaGroIpv4MaxSize = 64;
constexpr uint16_t kIflaDpllPin = 65;
constexpr uint16_t kIflaMaxPacingOffloadHorizon = 66;
constexpr uint16_t kIflaNetnsImmutable = 67;
constexpr uint16_t kIflaHeadroom = 68;
constexpr uint16_t kIflaTailroom = 69;

constexpr uint16_t kIflaBrFdbNLearned = 48;
constexpr uint16_t kIflaBrFdbMaxLearned = 49;

constexpr uint16_t kIflaBrportMab = 40;
constexpr uint16_t kIflaBrportMcastNGroups = 41;
constexpr uint16_t kIflaBrportMcastMaxGroups = 42;
constexpr uint16_t kIflaBrportNeighVlanSuppress = 43;
constexpr uint16_t kIflaBrportBackupNhid = 44;

constexpr uint16_t kIflaMacvlanBcCutoff = 9;

constexpr uint16_t kIflaVxlanLocalbypass = 31;
constexpr uint16_t kIflaVxlanLabelPolicy = 32;
constexpr uint16_t kIflaVxlanReservedBits = 33;
constexpr uint16_t kIflaVxlanMcRoute = 34;

constexpr uint16_t kIflaGenevePortRange = 15;

// linux/netconf.h
constexpr uint16_t kNetconfaForceForwarding = 9;

constexpr uint16_t kIflaBondCoupledControl = 32;
constexpr uint16_t kIflaBondBroadcastNeigh = 33;
constexpr uint16_t kIflaBondSlaveActorPortPrio = 10;

constexpr uint16_t kIflaNetkitPeerInfo = 1;
constexpr uint16_t kIflaNetkitPrimary = 2;
constexpr uint16_t kIflaNetkitPolicy = 3;
constexpr uint16_t kIflaNetkitPeerPolicy = 4;
constexpr uint16_t kIflaNetkitMode = 5;
constexpr uint16_t kIflaNetkitScrub = 6;
constexpr uint16_t kIflaNetkitPeerScrub = 7;
constexpr uint16_t kIflaNetkitHeadroom = 8;
constexpr uint16_t kIflaNetkitTailroom = 9;

// linux/dpll.h
constexpr uint16_t kDpllPinId = 1;

// linux/if_bridge.h: bits of br_boolopt_multi
constexpr uint32_t kBrBooloptMdbOfflFailNotification = 3;
constexpr uint32_t kBrBooloptFdbLocalVlan0 = 4;

// linux/rtnetlink.h
constexpr uint16_t kRtaFlowlabel = 31;
constexpr uint32_t kRtaxFeatureTcpUsecTs = 1 << 4;

// linux/fib_rules.h
constexpr uint16_t kFraDscp = 25;
constexpr uint16_t kFraFlowlabel = 26;
constexpr uint16_t kFraFlowlabelMask = 27;
constexpr uint16_t kFraSportMask = 28;
constexpr uint16_t kFraDportMask = 29;
constexpr uint16_t kFraDscpMask = 30;

// linux/neighbour.h: bits of NDA_FLAGS_EXT
constexpr uint32_t kNtfExtLocked = 1 << 1;
constexpr uint32_t kNtfExtExtValidated = 1 << 2;

// linux/nexthop.h
constexpr uint16_t kNhaOpFlags = 14;
constexpr uint16_t kNhaGroupStats = 15;
constexpr uint16_t kNhaHwStatsEnable = 16;
constexpr uint16_t kNhaHwStatsUsed = 17;
constexpr uint16_t kNhaGroupStatsEntry = 1;
constexpr uint16_t kNhaGroupStatsEntryId = 1;
constexpr uint16_t kNhaGroupStatsEntryPackets = 2;
constexpr uint16_t kNhaGroupStatsEntryPacketsHw = 3;

// linux/netfilter/nf_tables.h
constexpr uint32_t kNftTableFPersist = 0x4;
constexpr uint32_t kNftMetaBroute = 35;

}  // namespace netloom::schema
