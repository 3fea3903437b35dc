import type { CallbackFaultKind, Fault, FaultKind } from './types';

/** Every stage at which a fault can occur. */
export const stages = [
	'submit',
	'status',
	'result',
	'download',
	'cancel',
	'credentialTest',
	'input',
	'other',
	'answer',
	'job',
	'callback',
] as const satisfies ReadonlyArray<Fault['stage']>;

/** Every kind of fault, those of webhooks excepted. */
export const faultKinds = [
	'status',
	'reset',
	'lostAnswer',
	'hang',
	'stall',
	'truncate',
	'html',
	'empty',
	'unknownStatus',
	'expired',
	'notAnImage',
	'corrupt',
	'redirect',
	'held',
	'large',
	'bomb',
	'noImage',
	'fail',
	'moderate',
	'never',
] as const satisfies readonly FaultKind[];

/** Every kind of fault of a webhook. */
export const callbackFaultKinds = [
	'lost',
	'twice',
	'forged',
	'early',
	'late',
] as const satisfies readonly CallbackFaultKind[];

/** The one stage at which a kind can occur; kinds that are not listed occur at every HTTP stage. */
const onlyAt: Partial<Record<FaultKind, Fault['stage']>> = {
	unknownStatus: 'status',
	expired: 'download',
	notAnImage: 'download',
	corrupt: 'download',
	noImage: 'answer',
	fail: 'job',
	moderate: 'job',
	never: 'job',
};

/** Kinds that an API response alone can have. */
const ofApis: ReadonlyArray<Fault['kind']> = ['large', 'bomb'];
/** Stages whose responses are files. */
const ofFiles: ReadonlyArray<Fault['stage']> = ['download', 'input'];
/** Stages that are no HTTP requests of a client. */
const notHttp: ReadonlyArray<Fault['stage']> = ['answer', 'job', 'callback'];

/** Reports whether a fault of this kind can occur at this stage. */
export function fits(kind: Fault['kind'], stage: Fault['stage']): boolean {
	if (isCallbackFaultKind(kind)) return stage === 'callback';
	if (kind === 'slow') return !notHttp.includes(stage);
	if (ofApis.includes(kind) && ofFiles.includes(stage)) return false;
	const onlyStage = onlyAt[kind];
	return onlyStage === undefined ? !notHttp.includes(stage) : stage === onlyStage;
}

const isCallbackFaultKind = (kind: Fault['kind']): kind is CallbackFaultKind =>
	callbackFaultKinds.some((known) => known === kind);
