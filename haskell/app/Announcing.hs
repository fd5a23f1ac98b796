-- | The client @haskell-announcing@: a progress line per line of a poem.
module Announcing (main) where

import qualified Poetry.Client as Client
import Poetry.Client.Announcing (getPoetry)

main :: IO ()
main = Client.run getPoetry
