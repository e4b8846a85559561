// What an Action finds in its global scope besides JavaScript's own.

interface Console {
  assert(condition?: any, ...data: any[]): void;
  debug(...data: any[]): void;
  dir(value?: any, options?: any): void;
  error(...data: any[]): void;
  group(...data: any[]): void;
  groupEnd(): void;
  info(...data: any[]): void;
  log(...data: any[]): void;
  table(data?: any): void;
  time(label?: string): void;
  timeEnd(label?: string): void;
  trace(...data: any[]): void;
  warn(...data: any[]): void;
}

declare var console: Console;

/** The exports of this Action. */
declare var exports: {
  onExecutePostLogin?: PostLoginHandler;
  onContinuePostLogin?: PostLoginHandler;
  [name: string]: any;
};
declare var module: { exports: typeof exports };
declare function require(name: string): any;
