'use strict';
// The floors of src/, the lowest first: a file imports from its own room and earlier rooms, types and lazy loads included.
// A line is a floor; its rooms are ordered from left to right. test/unit/architecture.test.ts checks the code against this list,
// and draw.js draws it.
exports.FLOORS = [
  'base',
  'native',
  'errors',
  // Encoding does not depend on decoding; `reuse` is the fast path of decoding, entered only through `decode`.
  'codec/schema codec/encode codec/decode/scan codec/decode/reuse codec/decode',
  // Events for diagnostics channels and NETLOOM_DEBUG, of everything above.
  'trace',
  'executor',
  'dns',
  // Namespaces as descriptors and names: the handle that all rooms above work with.
  'nsfs',
  // A child on a network with names gets a resolv.conf of its own.
  'nsfs/process',
  'rtnl/types/common rtnl/types/links rtnl/types rtnl/commands rtnl/definition',
  'rtnl/families/tc rtnl/families rtnl',
  'firewall/nft firewall/text/values firewall/text/rules firewall/text',
  'firewall/rule/compile firewall/rule/matches firewall/rule/actions firewall/rule',
  // Both back ends of a network's rules use the client; `firewall` itself chooses between them.
  'firewall/client firewall/network/table firewall/network firewall/iptables firewall',
  'openvswitch sockets rootless shape',
  // The public class, composed of the rooms below.
  'netns/inspect netns',
  // A handler for each operation of a step; the rooms after it do not know operations.
  'plan/spec plan/explain plan/handlers plan/compile plan/templates plan/run plan',
  'network/addressing network/spec network/model network/host',
  'network/drivers/parts network/drivers/bridged network/drivers/routers network/drivers/openvswitch network/drivers network/steps',
  'network/journal/files network/journal network/leases',
  // Maintains rules, forwarding and the gateway.
  'network/rules network/egress',
  'network/runtime',
  // Everything that networks make, as far as it is to be removed: for roll-backs, detach(), delete() and gc() above.
  'network/dns network/resources/definition network/resources/host network/resources/rules network/resources/members network/resources',
  'network/publish network/peers network/lan network/members',
  'network/warnings/judge network/warnings network/inspect',
  'network/lifecycle network/gc',
  'network topology',
  'pool testing cli',
  // index.ts, and the loader of the compiled code.
  '.',
].map((floor) => floor.split(' '));
