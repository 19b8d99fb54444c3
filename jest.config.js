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
  modulePathIgnorePatterns: ['<rootDir>/(build|out|dist|dist-examples|prebuilds)/'],
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
    {
      ...common,
      displayName: 'kernel',
      testEnvironment: '<rootDir>/test/guards/environment.js',
      testMatch: ['<rootDir>/test/kernel/**/*.test.ts'],
      globalSetup: '<rootDir>/test/guards/before-all.js',
      globalTeardown: '<rootDir>/test/guards/after-all.js',
    },
  ],
};
