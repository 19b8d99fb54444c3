'use strict';

const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    {
      sourceMaps: 'inline',
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'commonjs' },
    },
  ],
};
const common = {
  transform,
  modulePathIgnorePatterns: ['<rootDir>/(build|out|dist|dist-modules|dist-bench|dist-examples|prebuilds)/'],
};
/** Tests that change the kernel: guarded against running anywhere else, and against leaving anything behind. */
const inScratchHost = {
  ...common,
  testEnvironment: '<rootDir>/test/guards/environment.js',
  globalSetup: '<rootDir>/test/guards/before-all.js',
  globalTeardown: '<rootDir>/test/guards/after-all.js',
};

/** @type {import('jest').Config} */
module.exports = {
  // One process loads the addon once for all files, and the kernel tests share one machine.
  maxWorkers: 1,
  reporters: ['default', '<rootDir>/scripts/jest-totals.js'],
  testTimeout: 60_000,
  projects: [
    {
      ...common,
      displayName: 'unit',
      testEnvironment: 'node',
      testMatch: ['<rootDir>/test/unit/**/*.test.ts'],
    },
    { ...inScratchHost, displayName: 'kernel', testMatch: ['<rootDir>/test/kernel/**/*.test.ts'] },
    { ...inScratchHost, displayName: 'scenarios', testMatch: ['<rootDir>/test/scenarios/**/*.test.ts'] },
  ],
};
