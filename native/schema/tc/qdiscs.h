// The data of queueing disciplines and of the classes in them. Rates are bytes a second. Ticks of the
// scheduler's clock are 64 ns (PSCHED_SHIFT) in every kernel since 2.6.31.
#pragma once

#include <linux/pkt_sched.h>

#include <cstddef>

#include "../../netlink/schema.h"

namespace netloom::schema {

inline constexpr Name kLinkLayerRows[] = {
    {TC_LINKLAYER_UNAWARE, "unaware"}, {TC_LINKLAYER_ETHERNET, "ethernet"}, {TC_LINKLAYER_ATM, "atm"}};
inline constexpr Names kLinkLayers{kLinkLayerRows};

inline constexpr Attr kTbfParmsFields[] = {
    named(offsetof(tc_tbf_qopt, rate.linklayer), "linklayer", Kind::kU8, &kLinkLayers),
    {offsetof(tc_tbf_qopt, rate.overhead), "overhead", Kind::kU16},
    {offsetof(tc_tbf_qopt, rate.mpu), "mpu", Kind::kU16},
    {offsetof(tc_tbf_qopt, rate.rate), "rate", Kind::kU32},
    named(offsetof(tc_tbf_qopt, peakrate.linklayer), "peakLinklayer", Kind::kU8, &kLinkLayers),
    {offsetof(tc_tbf_qopt, peakrate.rate), "peakrate", Kind::kU32},
    {offsetof(tc_tbf_qopt, limit), "limit", Kind::kU32},
    {offsetof(tc_tbf_qopt, buffer), "buffer", Kind::kU32},
    {offsetof(tc_tbf_qopt, mtu), "mtu", Kind::kU32},
};
inline constexpr AttrSet kTbfParms{"tbfParms", {}, kTbfParmsFields, sizeof(tc_tbf_qopt)};
// Since Linux 3.8 a rate with its link layer needs no table (TCA_TBF_RTAB, TCA_HTB_RTAB): the kernel
// computes.
inline constexpr Attr kTbfAttrs[] = {
    structure(TCA_TBF_PARMS, "parms", &kTbfParms),
    {TCA_TBF_RATE64, "rate64", Kind::kU64},
    {TCA_TBF_PRATE64, "prate64", Kind::kU64},
    requestOnly({TCA_TBF_BURST, "burst", Kind::kU32}),
    requestOnly({TCA_TBF_PBURST, "pburst", Kind::kU32}),
    skip(TCA_TBF_PAD),
};
inline constexpr AttrSet kTbf{"tbf", kTbfAttrs};

inline constexpr Attr kHtbInitFields[] = {
    {offsetof(tc_htb_glob, version), "version", Kind::kU32},
    {offsetof(tc_htb_glob, rate2quantum), "rate2quantum", Kind::kU32},
    {offsetof(tc_htb_glob, defcls), "defcls", Kind::kU32},
    replyOnly({offsetof(tc_htb_glob, direct_pkts), "directPkts", Kind::kU32}),
};
inline constexpr AttrSet kHtbInit{"htbInit", {}, kHtbInitFields, sizeof(tc_htb_glob)};
inline constexpr Attr kHtbAttrs[] = {
    structure(TCA_HTB_INIT, "init", &kHtbInit),
    {TCA_HTB_DIRECT_QLEN, "directQlen", Kind::kU32},
    {TCA_HTB_OFFLOAD, "offload", Kind::kFlag},
};
inline constexpr AttrSet kHtb{"htb", kHtbAttrs};

inline constexpr Attr kHtbParmsFields[] = {
    named(offsetof(tc_htb_opt, rate.linklayer), "linklayer", Kind::kU8, &kLinkLayers),
    {offsetof(tc_htb_opt, rate.overhead), "overhead", Kind::kU16},
    {offsetof(tc_htb_opt, rate.mpu), "mpu", Kind::kU16},
    {offsetof(tc_htb_opt, rate.rate), "rate", Kind::kU32},
    named(offsetof(tc_htb_opt, ceil.linklayer), "ceilLinklayer", Kind::kU8, &kLinkLayers),
    {offsetof(tc_htb_opt, ceil.overhead), "ceilOverhead", Kind::kU16},
    {offsetof(tc_htb_opt, ceil.mpu), "ceilMpu", Kind::kU16},
    {offsetof(tc_htb_opt, ceil.rate), "ceil", Kind::kU32},
    {offsetof(tc_htb_opt, buffer), "buffer", Kind::kU32},
    {offsetof(tc_htb_opt, cbuffer), "cbuffer", Kind::kU32},
    {offsetof(tc_htb_opt, quantum), "quantum", Kind::kU32},
    replyOnly({offsetof(tc_htb_opt, level), "level", Kind::kU32}),
    {offsetof(tc_htb_opt, prio), "prio", Kind::kU32},
};
inline constexpr AttrSet kHtbParms{"htbParms", {}, kHtbParmsFields, sizeof(tc_htb_opt)};
inline constexpr Attr kHtbClassAttrs[] = {
    structure(TCA_HTB_PARMS, "parms", &kHtbParms),
    {TCA_HTB_RATE64, "rate64", Kind::kU64},
    {TCA_HTB_CEIL64, "ceil64", Kind::kU64},
    skip(TCA_HTB_PAD),
};
inline constexpr AttrSet kHtbClass{"htbClass", kHtbClassAttrs};

// Delays are asked for in ticks, as `tc` does, and answered in nanoseconds as well since Linux 4.15.
inline constexpr Attr kNetemHeader[] = {
    {offsetof(tc_netem_qopt, latency), "latency", Kind::kU32},
    {offsetof(tc_netem_qopt, jitter), "jitter", Kind::kU32},
    {offsetof(tc_netem_qopt, limit), "limit", Kind::kU32},
    {offsetof(tc_netem_qopt, loss), "loss", Kind::kU32},
    {offsetof(tc_netem_qopt, gap), "gap", Kind::kU32},
    {offsetof(tc_netem_qopt, duplicate), "duplicate", Kind::kU32},
};
inline constexpr Attr kNetemCorrelationFields[] = {
    {offsetof(tc_netem_corr, delay_corr), "delay", Kind::kU32},
    {offsetof(tc_netem_corr, loss_corr), "loss", Kind::kU32},
    {offsetof(tc_netem_corr, dup_corr), "duplicate", Kind::kU32},
};
inline constexpr AttrSet kNetemCorrelation{
    "netemCorrelation", {}, kNetemCorrelationFields, sizeof(tc_netem_corr)};
inline constexpr Attr kNetemChanceFields[] = {
    {offsetof(tc_netem_reorder, probability), "probability", Kind::kU32},
    {offsetof(tc_netem_reorder, correlation), "correlation", Kind::kU32},
};
inline constexpr AttrSet kNetemChance{"netemChance", {}, kNetemChanceFields, sizeof(tc_netem_reorder)};
static_assert(sizeof(tc_netem_reorder) == sizeof(tc_netem_corrupt));
inline constexpr Attr kNetemRateFields[] = {
    {offsetof(tc_netem_rate, rate), "rate", Kind::kU32},
    {offsetof(tc_netem_rate, packet_overhead), "packetOverhead", Kind::kS32},
    {offsetof(tc_netem_rate, cell_size), "cellSize", Kind::kU32},
    {offsetof(tc_netem_rate, cell_overhead), "cellOverhead", Kind::kS32},
};
inline constexpr AttrSet kNetemRate{"netemRate", {}, kNetemRateFields, sizeof(tc_netem_rate)};
inline constexpr Attr kNetemAttrs[] = {
    structure(TCA_NETEM_CORR, "correlation", &kNetemCorrelation),
    structure(TCA_NETEM_REORDER, "reorder", &kNetemChance),
    structure(TCA_NETEM_CORRUPT, "corrupt", &kNetemChance),
    structure(TCA_NETEM_RATE, "rate", &kNetemRate),
    {TCA_NETEM_ECN, "ecn", Kind::kU32},
    {TCA_NETEM_RATE64, "rate64", Kind::kU64},
    skip(TCA_NETEM_PAD),
    replyOnly({TCA_NETEM_LATENCY64, "latency64", Kind::kS64}),
    replyOnly({TCA_NETEM_JITTER64, "jitter64", Kind::kS64}),
};
inline constexpr AttrSet kNetem{"netem", kNetemAttrs, kNetemHeader, sizeof(tc_netem_qopt)};

inline constexpr Attr kFqCodelAttrs[] = {
    {TCA_FQ_CODEL_TARGET, "target", Kind::kU32},
    {TCA_FQ_CODEL_LIMIT, "limit", Kind::kU32},
    {TCA_FQ_CODEL_INTERVAL, "interval", Kind::kU32},
    {TCA_FQ_CODEL_ECN, "ecn", Kind::kU32},
    {TCA_FQ_CODEL_FLOWS, "flows", Kind::kU32},
    {TCA_FQ_CODEL_QUANTUM, "quantum", Kind::kU32},
    {TCA_FQ_CODEL_CE_THRESHOLD, "ceThreshold", Kind::kU32},
    {TCA_FQ_CODEL_DROP_BATCH_SIZE, "dropBatchSize", Kind::kU32},
    {TCA_FQ_CODEL_MEMORY_LIMIT, "memoryLimit", Kind::kU32},
    {TCA_FQ_CODEL_CE_THRESHOLD_SELECTOR, "ceThresholdSelector", Kind::kU8},
    {TCA_FQ_CODEL_CE_THRESHOLD_MASK, "ceThresholdMask", Kind::kU8},
};
inline constexpr AttrSet kFqCodel{"fqCodel", kFqCodelAttrs};

inline constexpr Attr kFifoHeader[] = {{offsetof(tc_fifo_qopt, limit), "limit", Kind::kU32}};
inline constexpr AttrSet kFifo{"fifo", {}, kFifoHeader, sizeof(tc_fifo_qopt)};

inline constexpr AttrSet kIngress{"ingress"};
inline constexpr AttrSet kClsact{"clsact"};

inline constexpr Variant kQdiscKinds[] = {
    {"tbf", &kTbf},    {"htb", &kHtb},    {"netem", &kNetem},     {"fq_codel", &kFqCodel},
    {"pfifo", &kFifo}, {"bfifo", &kFifo}, {"ingress", &kIngress}, {"clsact", &kClsact},
};
inline constexpr Variant kClassKinds[] = {{"htb", &kHtbClass}};

}  // namespace netloom::schema
