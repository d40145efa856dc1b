# SPDX-License-Identifier: Apache-2.0
"""What Redis knows of one connection, as far as its next replies depend on it."""


class State:
    def __init__(self):
        self.greeted = False
        self.reset()

    def reset(self, closed=False):
        """As after RESET; `closed`: as before the first word."""
        self.protocol = 2
        self.multi = self.watching = self.dirty = self.silent = self.closing = False
        self.exclusive = False    # what is queued may touch what others see
        self.effects = []    # of the queued commands, when EXEC carries them out
        self.subscribed = {"": set(), "P": set(), "S": set()}
        if closed:
            self.greeted = False

    @property
    def listening(self):
        """Whether nearly all commands are refused, as in RESP2 with a subscription."""
        return self.protocol == 2 and any(self.subscribed.values())

    def do(self, effect):
        """Now, or with EXEC."""
        if self.multi:
            self.effects.append(effect)
        else:
            effect()

    def begin(self):
        self.multi, self.dirty, self.effects = True, False, []

    def end(self, executed):
        """EXEC or DISCARD."""
        effects = self.effects if executed and not self.dirty else []
        self.multi = self.dirty = self.watching = False
        self.effects = []
        for effect in effects:
            effect()

    @property
    def certain(self):
        """Whether what is queued now will be carried out if EXEC comes and nothing is refused before."""
        return not self.multi or not self.watching and not self.dirty
