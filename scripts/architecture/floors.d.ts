export const FLOORS: readonly (readonly string[])[];
