import { isPrivateAddress } from '../../../../nodes/FluxKontext/core/http/networkAddress';

it.each([
	'http://localhost:5678/a',
	'http://n8n:5678/a',
	'http://127.0.0.1/a',
	'http://10.1.2.3/a',
	'http://172.16.0.1/a',
	'http://172.31.255.1/a',
	'http://192.168.1.10/a',
	'http://169.254.169.254/a',
	'http://100.64.0.1/a',
	'http://0x7f.1/a',
	'http://2130706433/a',
	'http://[::1]/a',
	'http://[fd12::1]/a',
	'http://[fe80::1]/a',
	'http://[::ffff:10.0.0.1]/a',
	'http://nas.local/a',
	'http://nas.lan./a',
	'http://pi.home.arpa/a',
])('%s is an address of a private network', (url) => {
	expect(isPrivateAddress(url)).toBe(true);
});

it.each([
	'https://files.example/a',
	'https://8.8.8.8/a',
	'https://172.32.0.1/a',
	'https://100.128.0.1/a',
	'https://[2001:4860:4860::8888]/a',
	'https://[::ffff:8.8.8.8]/a',
	'https://local.example/a',
	'not a URL',
])('%s is none', (url) => {
	expect(isPrivateAddress(url)).toBe(false);
});
