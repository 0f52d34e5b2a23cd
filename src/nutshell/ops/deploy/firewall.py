"""nftables rules of each machine: what the list of links says, and nothing else, in either direction."""

import ipaddress

from nutshell.ops.config import PUBLIC_PORTS

from .site import Site

_TABLE = """\
#!/usr/sbin/nft -f
# Who may talk to {machine}, and to whom it may talk. Made by `nutshell deploy render` from the inventory.
# Everything else is refused, in both directions. Other tables of this machine stay as they are.
table inet nutshell
delete table inet nutshell
table inet nutshell {{
  chain incoming {{
    type filter hook input priority filter; policy drop;
    iif lo accept
    ct state established,related accept
    ct state invalid drop
    meta l4proto {{ icmp, ipv6-icmp }} accept
{incoming}
    meta l4proto tcp reject with tcp reset
    reject with icmpx admin-prohibited
  }}
  chain outgoing {{
    type filter hook output priority filter; policy drop;
    oif lo accept
    ct state established,related accept
    meta l4proto {{ icmp, ipv6-icmp }} accept
{outgoing}
    meta l4proto tcp reject with tcp reset
    reject with icmpx admin-prohibited
  }}
  chain through {{
    type filter hook forward priority filter; policy drop;
  }}
}}
"""


def rules(site: Site, machine: str) -> str:
    """The whole file for one machine."""
    incoming = [*_public(machine), *_linked_in(site, machine), *_operator_in(site, machine)]
    outgoing = [*_linked_out(site, machine), *_operator_out(site, machine), *_services(site, machine)]
    return _TABLE.format(machine=machine, incoming=_indented(incoming), outgoing=_indented(outgoing))


def _indented(lines: list[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)


def _rule(direction: str, address: str, port: int, why: str, protocol: str = "tcp") -> str:
    family = "ip6" if ipaddress.ip_address(address).version == 6 else "ip"
    return f'{family} {direction} {address} {protocol} dport {port} accept comment "{why}"'


def _public(machine: str) -> list[str]:
    if machine != "lb":
        return []
    https, http = PUBLIC_PORTS
    return [
        f'tcp dport {{ {http}, {https} }} accept comment "people"',
        f'udp dport {https} accept comment "people, HTTP/3"',
    ]


def _linked_in(site: Site, machine: str) -> list[str]:
    port = site.plan.places[machine].port if machine in site.plan.places else 0
    return [
        _rule("saddr", site.address(link.source), port, f"{link.source}: {link.why}")
        for link in site.links
        if link.target == machine
    ]


def _linked_out(site: Site, machine: str) -> list[str]:
    return [
        _rule("daddr", site.address(link.target), site.plan.places[link.target].port, f"{link.target}: {link.why}")
        for link in site.links
        if link.source == machine
    ]


def _operator_in(site: Site, machine: str) -> list[str]:
    """SSH comes from the operator's machine alone, and to that from where the inventory says."""
    sources = site.inventory.ssh_from if machine == "operator" else [site.address("operator")]
    return [_rule("saddr", source, 22, "the operator's SSH") for source in sources]


def _operator_out(site: Site, machine: str) -> list[str]:
    others = [name for name in site.machines if name != "operator"] if machine == "operator" else []
    return [_rule("daddr", site.address(name), 22, f"SSH to {name}") for name in others]


def _services(site: Site, machine: str) -> list[str]:
    """Names, time, and the authority that certifies the public name."""
    resolvers = [(one, protocol) for one in site.inventory.resolvers for protocol in ("udp", "tcp")]
    names = [_rule("daddr", one, 53, "names", protocol) for one, protocol in resolvers]
    times = [_rule("daddr", one, 123, "time", "udp") for one in site.inventory.clocks]
    acme = ['tcp dport 443 accept comment "ACME"'] if machine == "lb" else []
    return [*names, *times, *acme]
