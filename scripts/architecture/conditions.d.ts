export function conditions(root: string): string[];
export function lifetimeConditions(root: string): string[];
