{-# LANGUAGE OverloadedStrings #-}

-- |
-- All servers of one playbill, opened and closed together.
module Poetry.Server.Stage
  ( Stage (..)
  , open
  , readPoem
  ) where

import Control.Exception (bracketOnError, onException, throwIO)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import Network.Socket (PortNumber, close, socketPort)
import System.FilePath ((</>))

import Poetry.Server.Clock (Clock)
import Poetry.Server.Connection (SlowPoem (..))
import qualified Poetry.Server.Listener as Listener
import Poetry.Server.Playbill (Part (..), Playbill (..))
import qualified Poetry.Server.Schedule as Schedule
import Poetry.Server.SendLog (SendLog)
import Poetry.Server.Socket (listenOn, reserve)
import Poetry.Words (Trouble (..), orTrouble, quoted)

-- | The open servers of a playbill.
data Stage = Stage
  { ports :: [PortNumber]
  -- ^ In the order of the playbill.
  , shut :: IO ()
  -- ^ Reset the open connections and free the ports. When it returns, all of that is in
  -- the log.
  }

-- | Open all servers of a playbill; the paths of the poems are relative to the folder.
-- If one cannot be opened, none stays open, and 'Trouble' is thrown.
open :: Clock -> SendLog -> FilePath -> Playbill -> IO Stage
open clock sendLog folder playbill = openAll (zip [1 ..] (parts playbill))
 where
  openAll [] = pure (Stage [] (pure ()))
  openAll (next : others) = bracketOnError (uncurry openPart next) shut $ \first -> do
    rest <- openAll others
    pure (Stage (ports first ++ ports rest) (shut first >> shut rest))

  openPart _ (Down wanted) = do
    reserved <- reserve (iface playbill) wanted
    Stage <$> ((: []) <$> socketPort reserved) <*> pure (close reserved)
  openPart number (Serves wanted path acts) = do
    poem_ <- readPoem (folder </> path)
    schedule_ <- either (throwIO . Trouble) pure (Schedule.check (Bytes.length poem_) acts)
    listener <- listenOn (iface playbill) wanted
    (Stage . (: []) <$> socketPort listener)
      <*> Listener.start clock sendLog number (SlowPoem poem_ schedule_) listener `onException` close listener

-- | Read the bytes of a poem. Throws 'Trouble' if they cannot be read.
readPoem :: FilePath -> IO ByteString
readPoem path = orTrouble ("cannot read the poem " <> quoted (Bytes.pack path)) (Bytes.readFile path)
