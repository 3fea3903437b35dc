import { createHash } from 'node:crypto';

/** Numbers from 0 to 1, always the same for the same text (mulberry32). */
export function dice(text: string): () => number {
	let state = createHash('sha256').update(text).digest().readUInt32LE(0);
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

type Dice = () => number;

const hsl = (hue: number, saturation: number, light: number): string =>
	`hsl(${Math.round(hue) % 360}, ${Math.round(saturation)}%, ${Math.round(light)}%)`;

const times = <T>(count: number, make: (index: number) => T): T[] =>
	Array.from({ length: count }, (_, index) => make(index));

// Everything is drawn in a space 1000 high, so that a scene keeps its look at every size.
const unit = 1000;

function svg(width: number, height: number, parts: (across: number) => string[]): string {
	const across = Math.round((unit * width) / height);
	const frame = `width="${width}" height="${height}" viewBox="0 0 ${across} ${unit}"`;
	const body = parts(across).join('');
	return `<svg xmlns="http://www.w3.org/2000/svg" preserveAspectRatio="none" ${frame}>${body}</svg>`;
}

function gradient(id: string, colors: string[]): string {
	const stops = colors.map(
		(color, index) => `<stop offset="${index / (colors.length - 1)}" stop-color="${color}"/>`,
	);
	return `<linearGradient id="${id}" x2="0" y2="1">${stops.join('')}</linearGradient>`;
}

const circle = (x: number, y: number, radius: number, look: string): string =>
	`<circle cx="${x.toFixed()}" cy="${y.toFixed()}" r="${radius.toFixed(1)}" ${look}/>`;

const polygon = (points: string[], color: string): string =>
	`<polygon points="${points.join(' ')}" fill="${color}"/>`;

const at = (x: number, y: number): string => `${x.toFixed()},${y.toFixed()}`;

/** A landscape: sky, sun or moon, clouds or stars, hills with trees. No text: there may be no fonts. */
export function sceneSvg(text: string, width: number, height: number): string {
	const roll = dice(text);
	const hue = roll() * 360;
	const night = roll() < 0.35;
	return svg(width, height, (across) => [
		`<defs>${sky(hue, night)}${glow(night)}</defs>`,
		`<rect width="${across}" height="${unit}" fill="url(#sky)"/>`,
		...(night ? stars(roll, across) : clouds(roll, across)),
		sun(roll, across, night),
		...times(5, (layer) => hills(roll, across, layer, hue, night)),
	]);
}

const sky = (hue: number, night: boolean): string =>
	gradient(
		'sky',
		night
			? [hsl(hue, 60, 9), hsl(hue + 25, 55, 24), hsl(hue + 60, 60, 46)]
			: [hsl(hue, 65, 52), hsl(hue + 30, 75, 70), hsl(hue + 70, 90, 86)],
	);

const glow = (night: boolean): string =>
	'<radialGradient id="glow">' +
	`<stop offset="0.2" stop-color="#fff" stop-opacity="${night ? 0.5 : 0.9}"/>` +
	'<stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient>';

function sun(roll: Dice, across: number, night: boolean): string {
	const [x, y, radius] = [across * (0.2 + roll() * 0.6), 160 + roll() * 260, 50 + roll() * 60];
	const disc = circle(x, y, radius, `fill="${night ? '#f4f1de' : '#fffbe8'}"`);
	return circle(x, y, radius * 3.2, 'fill="url(#glow)"') + disc;
}

const stars = (roll: Dice, across: number): string[] =>
	times(90, () => {
		const [x, y, radius] = [roll() * across, roll() * 640, 0.8 + roll() * 2.4];
		return circle(x, y, radius, `fill="#fff" fill-opacity="${(0.3 + roll() * 0.7).toFixed(2)}"`);
	});

const clouds = (roll: Dice, across: number): string[] =>
	times(6, () => {
		const [x, y, size] = [roll() * across, 60 + roll() * 380, 40 + roll() * 70];
		return times(5, (puff) => {
			const [dx, dy] = [(puff - 2) * size * 0.8, (roll() - 0.5) * size * 0.5];
			const place = `cx="${(x + dx).toFixed()}" cy="${(y + dy).toFixed()}"`;
			const radii = `rx="${size.toFixed()}" ry="${(size * 0.42).toFixed()}"`;
			return `<ellipse ${place} ${radii} fill="#fff" fill-opacity="0.28"/>`;
		}).join('');
	});

function hills(roll: Dice, across: number, layer: number, hue: number, night: boolean): string {
	const base = 520 + layer * 95;
	const waves = times(3, (wave) => ({
		height: (120 - layer * 16) / (wave + 1),
		length: (across / (1.2 + wave * 1.9)) * (0.7 + roll() * 0.6),
		shift: roll() * 7,
	}));
	const crest = (x: number): number =>
		waves.reduce(
			(y, { height, length, shift }) => y - height * 0.55 * Math.sin((x / length) * 6.283 + shift),
			base,
		);
	const line = times(41, (index) => {
		const x = (across * index) / 40;
		return at(x, crest(x));
	});
	const light = night ? 36 - layer * 6.5 : 66 - layer * 10;
	const color = hsl(hue + 150 + layer * 9, 28 + layer * 7, light);
	const ground = polygon([at(0, unit), ...line, at(across, unit)], color);
	if (layer < 2) return ground;
	const green = hsl(hue + 140 + layer * 12, 40, (night ? 20 : 38) - layer * 4);
	return ground + trees(roll, across, layer, crest, green);
}

const trees = (
	roll: Dice,
	across: number,
	layer: number,
	crest: (x: number) => number,
	color: string,
): string =>
	times(14, () => {
		const x = roll() * across;
		const size = (18 + roll() * 26) * (layer - 0.8);
		const foot = crest(x) + size * 0.3;
		const half = size * 0.42;
		return polygon([at(x, foot - size * 1.9), at(x - half, foot), at(x + half, foot)], color);
	}).join('');

/** What an edit lays over its input, which stays visible: a coloured wash and drifting rings. */
export function overlaySvg(text: string, width: number, height: number): string {
	const roll = dice(`overlay ${text}`);
	const hue = roll() * 360;
	return svg(width, height, (across) => [
		`<defs>${gradient('wash', [hsl(hue, 80, 55), hsl(hue + 80, 80, 60)])}</defs>`,
		`<rect width="${across}" height="${unit}" fill="url(#wash)" fill-opacity="0.22"/>`,
		...times(18, () => {
			const [x, y, radius] = [roll() * across, roll() * unit, 14 + roll() * 60];
			const color = hsl(hue + roll() * 90, 90, 78);
			const stroke = `stroke="${color}" stroke-width="${(3 + roll() * 7).toFixed(1)}"`;
			return circle(x, y, radius, `fill="none" stroke-opacity="0.65" ${stroke}`);
		}),
	]);
}
