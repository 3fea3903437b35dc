import { pause } from '../http/retry';
import type { JobContext } from './context';
import type { Handle } from './snapshot';

/**
 * Connections whose state is kept. An idle one is dropped first; nothing but its latest submit times is lost.
 */
const MAX_CONNECTIONS = 1_000;

/** Right to have one unfinished job. */
export interface Slot {
	/** Milliseconds that the job waited for it. */
	waitedMs: number;
	/** Releases the slot and admits the next waiter. Idempotent. */
	release: () => void;
}

interface Waiter {
	model: string;
	admitted: boolean;
	notify: () => void;
}

/** Jobs of one key at one base URL of a provider. */
interface ConnectionState {
	/** Models of the unfinished jobs. */
	active: string[];
	waiting: Waiter[];
	/** Times of the latest submits, in milliseconds since the epoch; some may be in the future. */
	submits: number[];
}

/** What the limiter needs to know of a job. */
type LimitedJob<H extends Handle> = Pick<
	JobContext<H>,
	'provider' | 'baseUrl' | 'keyFingerprint' | 'ports' | 'deadline' | 'signal' | 'engine'
>;

function hasFreeSlot<H extends Handle>(
	{ active }: ConnectionState,
	{ provider: { maxActiveJobs } }: LimitedJob<H>,
	model: string,
): boolean {
	const { perKey = Infinity, perModel } = maxActiveJobs ?? {};
	const ofModel = active.filter((activeModel) => activeModel === model).length;
	const mostOfModel = (perModel && Object.hasOwn(perModel, model) && perModel[model]) || Infinity;
	return active.length < perKey && ofModel < mostOfModel;
}

/**
 * Keeps the jobs of a connection within what its provider allows: unfinished jobs at a time, and submits
 * within a period. Jobs then queue here instead of failing at the provider with 429. One limiter serves all
 * executions of a process.
 */
export class Limiter {
	private readonly connections = new Map<string, ConnectionState>();

	/**
	 * Waits for a slot for one more unfinished job. Resolves with `null` if the run is stopped, or no slot
	 * becomes free within `slotTimeoutMs`. Never rejects.
	 */
	async acquireSlot<H extends Handle>(job: LimitedJob<H>, model: string): Promise<Slot | null> {
		const { ports, signal } = job;
		if (signal.aborted) return null;
		const connection = this.connectionOf(job);
		const startedAt = ports.now();
		if (hasFreeSlot(connection, job, model)) connection.active.push(model);
		else if (!(await this.enqueue(connection, job, model))) return null;
		let held = true;
		const release = () => {
			if (!held) return;
			held = false;
			connection.active.splice(connection.active.indexOf(model), 1);
			this.admitWaiters(connection, job);
		};
		return { waitedMs: ports.now() - startedAt, release };
	}

	/**
	 * Waits until the connection may submit again. Resolves with `false` if that is after the deadline, or
	 * the run is stopped. Never rejects.
	 */
	async acquireSubmitTurn<H extends Handle>(job: LimitedJob<H>): Promise<boolean> {
		const { provider, ports, deadline, signal, engine } = job;
		const rate = engine.policy.submitRate(provider);
		if (!rate) return true;
		const { submits } = this.connectionOf(job);
		const now = ports.now();
		const earliest =
			submits.length < rate.count ? now : Math.max(now, (submits.at(-rate.count) ?? now) + rate.ms);
		if (earliest > deadline) return false;
		submits.push(earliest);
		submits.splice(0, submits.length - rate.count);
		return earliest <= now || (await pause(ports, earliest - now, deadline, signal));
	}

	private connectionOf<H extends Handle>({
		provider,
		baseUrl,
		keyFingerprint = '',
	}: LimitedJob<H>): ConnectionState {
		const name = `${provider.id} ${baseUrl} ${keyFingerprint}`;
		const connection = this.connections.get(name) ?? { active: [], waiting: [], submits: [] };
		// The latest used one goes last.
		this.connections.delete(name);
		this.connections.set(name, connection);
		if (this.connections.size > MAX_CONNECTIONS) this.dropIdle();
		return connection;
	}

	private dropIdle(): void {
		for (const [name, { active, waiting }] of this.connections) {
			if (this.connections.size <= MAX_CONNECTIONS) return;
			if (active.length + waiting.length === 0) this.connections.delete(name);
		}
	}

	/** Waits in the queue; resolves with whether a slot was given. */
	private async enqueue<H extends Handle>(
		connection: ConnectionState,
		{ ports, signal, engine }: LimitedJob<H>,
		model: string,
	): Promise<boolean> {
		const done = new AbortController();
		const waiter: Waiter = { model, admitted: false, notify: () => done.abort() };
		connection.waiting.push(waiter);
		signal.addEventListener('abort', waiter.notify, { once: true });
		await ports.sleep(engine.limits.slotTimeoutMs, done.signal);
		signal.removeEventListener('abort', waiter.notify);
		connection.waiting = connection.waiting.filter((other) => other !== waiter);
		return waiter.admitted;
	}

	/**
	 * Admits waiters in the order in which they came; one whose model has no free slot does not block the
	 * others.
	 */
	private admitWaiters<H extends Handle>(connection: ConnectionState, job: LimitedJob<H>): void {
		for (const waiter of connection.waiting) {
			if (waiter.admitted || !hasFreeSlot(connection, job, waiter.model)) continue;
			connection.active.push(waiter.model);
			waiter.admitted = true;
			waiter.notify();
		}
	}
}
