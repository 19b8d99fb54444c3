/** The expressions that load a register from the packet or its context. Some can also store a register there. */

export interface PayloadData {
  readonly dreg?: number;
  readonly base?: 'link' | 'network' | 'transport' | 'inner';
  readonly offset?: number;
  readonly len?: number;
  readonly sreg?: number;
  readonly csumType?: number;
  readonly csumOffset?: number;
  readonly csumFlags?: number;
}

export interface MetaData {
  readonly dreg?: number;
  readonly key?:
    | 'len'
    | 'protocol'
    | 'priority'
    | 'mark'
    | 'iif'
    | 'oif'
    | 'iifname'
    | 'oifname'
    | 'iiftype'
    | 'oiftype'
    | 'skuid'
    | 'skgid'
    | 'nftrace'
    | 'rtclassid'
    | 'secmark'
    | 'nfproto'
    | 'l4proto'
    | 'ibrname'
    | 'obrname'
    | 'pkttype'
    | 'cpu'
    | 'iifgroup'
    | 'oifgroup'
    | 'cgroup'
    | 'prandom'
    | 'secpath'
    | 'iifkind'
    | 'oifkind'
    | 'ibrpvid'
    | 'ibrvproto'
    | 'time'
    | 'day'
    | 'hour'
    | 'sdif'
    | 'sdifname'
    | 'broute';
  readonly sreg?: number;
}

export interface CtData {
  readonly dreg?: number;
  readonly key?:
    | 'state'
    | 'direction'
    | 'status'
    | 'mark'
    | 'secmark'
    | 'expiration'
    | 'helper'
    | 'l3protocol'
    | 'src'
    | 'dst'
    | 'protocol'
    | 'protoSrc'
    | 'protoDst'
    | 'labels'
    | 'pkts'
    | 'bytes'
    | 'avgpkt'
    | 'zone'
    | 'eventmask'
    | 'srcIp'
    | 'dstIp'
    | 'srcIp6'
    | 'dstIp6'
    | 'id';
  readonly direction?: number;
  readonly sreg?: number;
}

export interface FibData {
  readonly dreg?: number;
  readonly result?: 'oif' | 'oifname' | 'type';
  readonly flags?: readonly ('saddr' | 'daddr' | 'mark' | 'iif' | 'oif' | 'present')[];
}

export interface ExthdrData {
  readonly dreg?: number;
  readonly type?: number;
  readonly offset?: number;
  readonly len?: number;
  readonly flags?: readonly 'present'[];
  readonly op?: 'ipv6' | 'tcpopt' | 'ipv4' | 'sctp' | 'dccp';
  readonly sreg?: number;
}

export interface RtData {
  readonly dreg?: number;
  readonly key?: 'classid' | 'nexthop4' | 'nexthop6' | 'tcpmss' | 'xfrm';
}

export interface SocketData {
  readonly key?: 'transparent' | 'mark' | 'wildcard' | 'cgroupv2';
  readonly dreg?: number;
  readonly level?: number;
}

export interface NumgenData {
  readonly dreg?: number;
  readonly modulus?: number;
  readonly type?: 'inc' | 'random';
  readonly offset?: number;
}

export interface HashData {
  readonly sreg?: number;
  readonly dreg?: number;
  readonly len?: number;
  readonly modulus?: number;
  readonly seed?: number;
  readonly offset?: number;
  readonly type?: 'jenkins' | 'sym';
}

export interface OsfData {
  readonly dreg?: number;
  readonly ttl?: number;
  readonly flags?: number;
}

export interface XfrmData {
  readonly dreg?: number;
  readonly key?: 'daddr4' | 'daddr6' | 'saddr4' | 'saddr6' | 'reqid' | 'spi';
  readonly dir?: number;
  readonly spnum?: number;
}
