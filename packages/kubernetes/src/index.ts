export * from './desired/index.ts';
export * from './objects/index.ts';
