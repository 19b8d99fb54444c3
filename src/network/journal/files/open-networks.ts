/**
 * The networks that this environment has open. Without this reference a network would lose its namespaces and its
 * firewall when it is garbage collected, long before its process ends.
 */
export const openNetworks = new Set<{ readonly name: string }>();
