"""Ask git: what code there is, what commits made of a file, what a catalog was at a commit.

No other package starts git.
"""

from herdbook.git.branch import branches as branches
from herdbook.git.branch import current_branch as current_branch
from herdbook.git.branch import default_branch as default_branch
from herdbook.git.command import GitError as GitError
from herdbook.git.command import fetch_commit as fetch_commit
from herdbook.git.history import Commit as Commit
from herdbook.git.history import FileHistory as FileHistory
from herdbook.git.history import FolderState as FolderState
from herdbook.git.history import Version as Version
from herdbook.git.history import file_history as file_history
from herdbook.git.history import folder_state as folder_state
from herdbook.git.identity import Identity as Identity
from herdbook.git.identity import identity as identity
from herdbook.git.state import ChangedFile as ChangedFile
from herdbook.git.state import GitState as GitState
from herdbook.git.state import changed_files as changed_files
from herdbook.git.state import git_state as git_state
from herdbook.git.state import is_tracked as is_tracked
from herdbook.git.state import left_out as left_out
from herdbook.git.state import public_address as public_address
from herdbook.git.tags import Tag as Tag
from herdbook.git.tags import tags as tags
from herdbook.git.tree import GitTree as GitTree
from herdbook.git.tree import Made as Made
from herdbook.git.tree import Repository as Repository
from herdbook.git.tree import RevisionError as RevisionError
from herdbook.git.tree import repository_around as repository_around
