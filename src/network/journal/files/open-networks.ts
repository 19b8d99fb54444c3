/**
 * The networks that this environment has open. One that nobody holds any more would lose its namespaces and its firewall when it is
 * collected, long before its process ends.
 */
export const living = new Set<{ readonly name: string }>();
