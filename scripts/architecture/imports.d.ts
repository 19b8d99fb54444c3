export function filesOf(root: string, directory?: string): string[];
export function importsOf(root: string): Map<string, Set<string>>;
export function roomOf(file: string): string;
export function circles(graph: Map<string, Set<string>>): string[][];
