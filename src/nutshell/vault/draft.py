"""A shelf's change, made outside of any transaction: sealed records and the manifests that list them."""

from nutshell.envelope import shelves
from nutshell.envelope.shelves import Listed, Manifest

from .keys import Keys, ShelfKeys
from .shelf import ABSENT, SCHEMA, Generation, Opened, Shelf
from .store import RecordRow, ShelfRow, Writing


class Draft:
    """Collects changes of one shelf. Writes go to the newest generation; older records move there."""

    def __init__(self, shelf: Shelf, keys: Keys) -> None:
        self._shelf, self._keys = shelf, keys
        self._generations = list(shelf.generations)
        self._lists: dict[int, dict[bytes, Listed]] = {}
        self._puts: list[tuple[RecordRow, int]] = []
        self._removed: list[tuple[bytes, int]] = []
        self._sealed: list[Generation] = []
        self._rewrapped = False

    @property
    def tag(self) -> bytes:
        return self._shelf.tag

    def mint(self) -> Generation:
        """Add a new generation, which then takes the writes."""
        minted = self._shelf.mint()
        self._generations.append(minted)
        self._list(minted)
        return minted

    def share(self) -> None:
        """Have every manifest signed from now on, and signed anew by whoever seals this draft."""
        for place, one in enumerate(self._generations):
            shared = Generation(one.place, one.key, one.manifest, one.row._replace(shared=True))
            self._generations[place] = shared
            self._list(shared)

    def rewrap(self, keys: ShelfKeys) -> None:
        """Have the key of every generation wrapped anew, under other keys than those that it was read with."""
        self._rewrapped = True
        for place, one in enumerate(self._generations):
            row = one.row._replace(wrapped_key=keys.wrap(one.place, one.key))
            self._generations[place] = Generation(one.place, one.key, one.manifest, row)
            self._list(one)

    @property
    def has_minted(self) -> bool:
        return len(self._generations) > len(self._shelf.generations)

    @property
    def is_shared(self) -> bool:
        return all(one.row.shared for one in self._generations)

    @property
    def has_shared(self) -> bool:
        return any(one.row.shared for one in self._generations)

    @property
    def is_changed(self) -> bool:
        return bool(self._lists)

    @property
    def keys(self) -> dict[int, bytes]:
        """The shelf keys by generation, with the one that this draft made."""
        return {one.place.generation: one.key for one in self._generations}

    def put(self, record_id: bytes, content: bytes | None) -> Opened:
        """Replace, add or (None) remove one record; each record at most once in a draft."""
        holder = self._shelf.holder(record_id)
        old = self._list(holder).pop(record_id).version if holder else 0
        if content is not None:
            return self._add(record_id, old, content)
        if old:
            self._removed.append((record_id, old))
        return ABSENT

    def _add(self, record_id: bytes, old: int, content: bytes) -> Opened:
        newest = self._newest()
        # A new record starts at its manifest's version, so that one removed and made again never
        # has a version that it had before.
        version = old + 1 if old else newest.manifest.version + 1
        sealed = shelves.seal_record(newest.key, newest.place, record_id, version, SCHEMA, content)
        self._list(newest)[record_id] = Listed(version, shelves.sealed_hash(sealed))
        place = newest.place
        self._puts.append((RecordRow(place.tag, place.generation, record_id, version, SCHEMA, sealed), old))
        return Opened(version, content)

    def _newest(self) -> Generation:
        """The last of the shelf's generations, or the one that this draft made."""
        if self.has_minted:
            return self._generations[-1]
        return self._shelf.newest() or self.mint()

    def _list(self, generation: Generation) -> dict[bytes, Listed]:
        number = generation.place.generation
        if number not in self._lists:
            self._lists[number] = dict(generation.manifest.records)
        return self._lists[number]

    def seal(self) -> None:
        """Seal the changed manifests, one a generation; sign them where the shelf is shared."""
        changed = [one for one in self._generations if one.place.generation in self._lists]
        self._sealed = [self._resealed(one, self._lists[one.place.generation]) for one in changed]

    def _resealed(self, old: Generation, records: dict[bytes, Listed]) -> Generation:
        manifest = Manifest(shelves.MANIFEST_FORMAT, old.manifest.version + 1, records)
        sealed = shelves.seal_manifest(old.key, old.place, manifest)
        row = old.row._replace(manifest_version=manifest.version, manifest=sealed)
        return Generation(old.place, old.key, manifest, self._signed(old, row) if row.shared else row)

    def _signed(self, old: Generation, row: ShelfRow) -> ShelfRow:
        signature = shelves.sign_manifest(self._keys.signing, old.place, row.manifest_version, row.manifest)
        return row._replace(signer=self._keys.certificate, signature=signature)

    def store(self, writing: Writing) -> None:
        """Inside the transaction. Raises RaceLost when anything moved since the shelf was read."""
        for generation in self._sealed:
            before = generation.manifest.version - 1
            if not before:
                writing.insert_shelf(generation.row)
            elif self._rewrapped:
                writing.rewrap_shelf(generation.row, before)
            else:
                writing.update_manifest(generation.row, before)
        for row, old in self._puts:
            if old:
                writing.update_record(row, old)
            else:
                writing.insert_record(row)
        for record_id, old in self._removed:
            writing.delete_record(self._shelf.tag, record_id, old)

    def settle(self) -> None:
        """After the commit: the shelf in memory is now as stored."""
        changed = {one.place.generation: one for one in self._sealed}
        self._shelf.generations = [changed.get(one.place.generation, one) for one in self._generations]
