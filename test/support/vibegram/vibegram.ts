/** A small stand-in for the vibegram framework, of the same shape, for machines that do not have the real one. */

export { Bot } from './bot';
export { createNativeHandler } from './native-handler';
export { Scene, Stage, Wizard } from './scenes';
export { MemorySessionStore, session } from './session';
