export { enterNamespace, enterNetwork, withNamespace, withNetwork } from './bed';
export type { Leave, NetworkBed, TestBed, TestNetwork } from './bed';
export { badLine, limitMtu, linkDown, partition } from './faults';
export type { Fault, FaultyEnd } from './faults';
