/** For those who build a store or an adapter: what it has to do, as cases for any test runner. */

export { adapterCases } from './adapter';
export type {
  AdapterCase,
  AdapterContext,
  AdapterOptions,
  AdapterSubject,
  Basket,
  RunningBot,
} from './adapter-case';
export {
  type Case,
  missingNeeds,
  type OpenStore,
  probe,
  type StoreCase,
  type StoreNeed,
  type StoreSubject,
} from './case';
export { storeCases } from './store';
