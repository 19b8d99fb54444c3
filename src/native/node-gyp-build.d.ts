// The package has no types of its own.
declare module 'node-gyp-build' {
  interface Load {
    /** Loads the addon of the package at `directory`. */
    (directory: string): unknown;
    /** The file that {@link Load} would load; throws if there is none for this platform. */
    resolve(directory: string): string;
  }
  const load: Load;
  export = load;
}
